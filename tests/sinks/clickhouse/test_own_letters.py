"""The letters of a receipt, from a real ClickHouse and from what the receipt itself says."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID

from clickhouse_connect.driver.client import Client
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import report_id_of
from schemas.migrations import connect
from schemas.receipt import Receipt, ReceiptLine
from sinks.clickhouse.rows import letter_rows
from sinks.counters.you.own import Own, Stored, ids_of, own_letters
from sinks.counters.you.stored import OwnReports
from tests.sinks.clickhouse.test_truth import PARTITIONS, record

ME, OTHER = str(UUID(int=1)), str(UUID(int=2))
LIMIT = 1_000


def receipt_of(*letters: int, revision: int = 0, participant: str | None = ME) -> Receipt:
    return Receipt(
        channel="form",
        source="form",
        submission="one",
        revision=revision,
        as_of=1_796_000_000_000,
        participant=participant,
        campaign="wfr",
        event=None,
        country="FR",
        kind="letter",
        written_at=None,
        lines=tuple(ReceiptLine(case=f"case-{number}", letters=count) for number, count in enumerate(letters)),
    )


def report(
    report_id: str, letters: int, revision: int = 0, participant: str | None = ME, **said: object
) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "report_id": report_id,
        "revision": revision,
        "withdrawn": False,
        "participant": participant,
        "campaign": "wfr",
        "case": "case-0",
        "event": None,
        "country": "FR",
        "channel": "form",
        "source": "form",
        "kind": "letter",
        "letters": letters,
        "written_at": None,
        "received_at": 1_796_000_000_000,
    }
    return whole | said


def store(tables: Client, reports: list[dict[str, Any]]) -> None:
    rows = letter_rows([record(offset, one) for offset, one in enumerate(reports)], 1, PARTITIONS)
    tables.insert(rows.table, list(rows.columns.values()), column_names=list(rows.columns), column_oriented=True)


def test_what_is_stored_of_a_receipt_is_the_newest_of_each_report(tables: Client, url: str) -> None:
    """A receipt's reports come as they stand now; no other one does, though the same address was typed there."""
    mine = receipt_of(5, 2, 4)
    first, second, third = ids_of(mine)
    store(
        tables,
        [
            report(first, 7),
            report(first, 2, revision=9),
            report(first, 8, revision=4),
            report(second, 4, withdrawn=True, revision=3),
            report(third, 4, case="case-2"),
            report(report_id_of("form", "form", "two", 0), 100),
            report(report_id_of("typeform", "t", "one", 0), 30, participant=OTHER),
        ],
    )
    stored = asyncio.run(OwnReports(partial(connect, url)).of(mine))
    assert stored is not None
    wanted = [Stored(first, 9, "case-0", 2), Stored(second, 3, "case-0", 0), Stored(third, 0, "case-2", 4)]
    assert sorted(stored) == sorted(wanted)


def test_without_clickhouse_there_is_no_answer(free: int) -> None:
    """Where ClickHouse is away nobody can tell, and nobody waits for long."""
    away = OwnReports(partial(connect, f"http://tally@127.0.0.1:{free}/tally"))
    assert asyncio.run(away.of(receipt_of(5))) is None


counts = st.integers(0, 3) | st.sampled_from([LIMIT, LIMIT + 1, 5_000])


@given(st.lists(st.tuples(counts, counts, st.sampled_from(["absent", "older", "same", "newer"])), min_size=1))
def test_the_newest_of_receipt_and_store_counts(lines: list[tuple[int, int, str]]) -> None:
    """A line counts as the receipt says where that is newer, waits where it is too much, else as it is stored."""
    receipt = receipt_of(*(said for said, _, _ in lines), revision=10)
    revisions = {"older": 9, "same": 10, "newer": 11}
    stored, counted, waiting = [], dict[str, int](), dict[str, int]()
    for number, (said, known, age) in enumerate(lines):
        case = f"case-{number}"
        if age != "absent":
            stored.append(Stored(ids_of(receipt)[number], revisions[age], case, known))
        is_newer = age in {"absent", "older"}
        if is_newer and said > LIMIT:
            waiting[case] = said
        letters = said if is_newer and said <= LIMIT else known if age != "absent" else 0
        if letters:
            counted[case] = letters
    assert own_letters(receipt, stored, LIMIT) == Own(counted, waiting)
