"""The laws of a whole log: partitions, invalid records, replays and ClickHouse's FINAL, against the plain recount."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from schemas.partition import partition_of
from schemas.report import LetterReport
from schemas.wire import HEADERS, encode
from streams.fold import Sums
from streams.read import read
from streams.state import PartitionState
from tests.histories import random_history, recount, standing
from tests.stores import MemoryStore


@dataclass
class Record:
    """A record as the Kafka client gives it; `is_good` says what the test made it to be."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Any
    is_good: bool


_SPOILERS: Final = (
    "no json",
    "no value",
    "no key",
    "no header",
    "a later version",
    "another key",
    "less than nothing",
    "a missing field",
    "an unknown kind",
    "a wrong partition",
)


def log_of(history: Sequence[LetterReport], partitions: int, random: Random) -> list[list[Record]]:
    """Put reports where their keys belong, with spoiled copies of some of them in between."""
    log: list[list[Record]] = [[] for _ in range(partitions)]
    for report in history:
        home = partition_of(report["report_id"].encode(), partitions)
        if random.random() < 0.3:
            _append_spoiled(log, report, home, random.choice(_SPOILERS))
        log[home].append(Record(len(log[home]), report["report_id"].encode(), encode(report), HEADERS, is_good=True))
    return log


def _append_spoiled(log: list[list[Record]], report: LetterReport, home: int, how: str) -> None:
    # A revision above all others and a large count: if one of them were counted, the totals would show it.
    large: dict[str, Any] = {**report, "revision": 99, "letters": 1_000_000, "withdrawn": False}
    if how == "a wrong partition":
        home = (home + 1) % len(log)
        if len(log) == 1:
            how = "no json"
    value = {
        "no json": b'{"letters": 1000000',
        "no value": None,
        "less than nothing": encode({**large, "letters": -1}),
        "a missing field": encode({name: said for name, said in large.items() if name != "country"}),
        "an unknown kind": encode({**large, "kind": "shout"}),
    }.get(how, encode(large))
    key = {"no key": None, "another key": b"00000000-0000-4000-8000-00000000000f"}.get(how, large["report_id"].encode())
    headers = {"no header": [], "a later version": [("version", b"2")]}.get(how, HEADERS)
    log[home].append(Record(len(log[home]), key, value, headers, is_good=False))


def count(log: list[list[Record]], random: Random, *, crashes: bool) -> tuple[Sums, set[tuple[int, int]]]:
    """Count each partition as a worker does, with crashes after which it reads again from anywhere before."""
    totals: Sums = {}
    refused: set[tuple[int, int]] = set()
    for partition, records in enumerate(log):
        store = MemoryStore()
        state = PartitionState(store)
        at = 0
        while at < len(records):
            if crashes and random.random() < 0.2:
                state, at = PartitionState(store), random.randrange(at + 1)
            fetched = records[at : at + random.randrange(1, 8)]
            at += len(fetched)
            batch = read([record for record in fetched if record.offset >= state.next_offset], partition, len(log))
            refused.update((partition, record.offset) for record, _ in batch.refused)
            state.count(batch.reports, max(state.next_offset, fetched[-1].offset + 1))
        for key, (letters, reports) in state.totals.items():
            known = totals.get(key, (0, 0))
            totals[key] = (known[0] + letters, known[1] + reports)
    return standing(totals), refused


@given(st.integers(0, 2**32), st.integers(0, 120), st.integers(1, 5))
def test_a_log_counts_its_good_records_and_names_the_others(seed: int, size: int, partitions: int) -> None:
    """Whatever the partitions, batches, crashes and replays, totals are the recount and each bad record is named."""
    random = Random(seed)
    history = random_history(random, size, ids=max(1, size // 3))
    log = log_of(history, partitions, random)
    totals, refused = count(log, random, crashes=True)
    assert totals == recount(history)
    bad = {(number, r.offset) for number, records in enumerate(log) for r in records if not r.is_good}
    assert refused == bad


@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 5))
def test_the_number_of_partitions_changes_no_total(seed: int, partitions: int, others: int) -> None:
    """The same history on other partition counts, in another order, comes to the same totals."""
    random = Random(seed)
    history = random_history(random, 60, ids=20)
    shuffled = random.sample(history, len(history))
    once, _ = count(log_of(history, partitions, random), random, crashes=False)
    again, _ = count(log_of(shuffled, others, random), random, crashes=False)
    assert once == again
