"""`tally forget` on real engines: a participant is out of ClickHouse and of what is restored, and no total changes."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import kafka
import pytest

from deploy.publishing import publish
from producers.identity import pseudonym_of
from producers.records import held_record, letter_record, rejected_record
from schemas.environment import Environment
from schemas.topics import HELD, LETTERS, REJECTED
from tests.deploy.cluster import Cluster
from tests.deploy.engines import start_part
from tests.histories import report_of
from tests.holdings import submission_of, verdict_of
from tests.parts import CAMPAIGN
from tests.stacks import TALLY, wait_for

ADDRESS, KEY = "Ana.Writer@example.org", "a key of at least thirty-two characters"
SOMEBODY = pseudonym_of(ADDRESS, KEY.encode())
OTHER = pseudonym_of("ben@example.org", KEY.encode())
SUMS = (
    "SELECT sum(letters), count(), uniqExact(participant) FROM letter_reports FINAL WHERE NOT withdrawn AND letters > 0"
)
HAS = "SELECT count() FROM {} WHERE position(formatRow('TSV', *), '{}') > 0"
OURS = "SELECT name FROM system.tables WHERE database = 'tally' AND engine LIKE '%MergeTree'"


def report(number: int, revision: int = 0, participant: str = SOMEBODY) -> Any:  # noqa: ANN401 (a report)
    return {**report_of(number, revision, 1 + number + revision, number, withdrawn=False), "participant": participant}


def said() -> list[Any]:
    """Return reports with corrections, what waits, and what was refused, most of it somebody's."""
    letters = [report(number, participant=OTHER if number % 4 == 3 else SOMEBODY) for number in range(40)]
    corrections = [report(number, 7) for number in range(0, 20, 4)]
    waits: Any = submission_of(1)
    waits["reports"] = [{**one, "participant": SOMEBODY} for one in waits["reports"]]
    refused: Any = {
        "origin": "one",
        "reason": "unknown_case",
        "field": "case",
        "detail": "expected a case",
        "rejected_at": 1,
        "value": f'{{"source":"shop","draft":{{"participant":"{SOMEBODY}","case":"nobody"}}}}',
    }
    records = map(letter_record, [*letters, *corrections])
    return [*records, held_record(waits), rejected_record(refused)]


def everywhere(cluster: Cluster, participant: str) -> list[str]:
    """Return the tables in which a pseudonym lies, in whatever column, and where changes to them are noted."""
    names = [str(name) for (name,) in cluster.clickhouse.ask(OURS)]
    assert {"letter_reports", "held_submissions", "rejected"} < set(names)
    return [n for n in (*names, "system.mutations") if cluster.clickhouse.ask(HAS.format(n, participant)) != [(0,)]]


def on_the_log(cluster: Cluster, participant: str) -> int:
    """Return how many records of the topics that hold reports name a pseudonym."""
    with closing(kafka.KafkaConsumer(bootstrap_servers=cluster.broker.address, enable_auto_commit=False)) as consumer:
        names = (LETTERS.name, HELD.name, REJECTED.name)
        homes = [kafka.TopicPartition(name, n) for name in names for n in consumer.partitions_for_topic(name)]
        consumer.assign(homes)
        consumer.seek_to_beginning(*homes)
        ends = consumer.end_offsets(homes)
        found = 0
        while any(consumer.position(home) < end for home, end in ends.items()):
            for records in consumer.poll(timeout_ms=200).values():
                found += sum(participant.encode() in (record.value or b"") for record in records)
        return found


@pytest.fixture
def counting(cluster: Cluster) -> Iterator[Cluster]:
    """Run a count worker beside the cluster's parts, over a history that is stored."""
    worker = start_part("streams", cluster.folder / "counting", cluster.settings)
    try:
        tell(cluster, said())
        cluster.has_rows("letter_reports", 40)
        cluster.has_rows("held_submissions", 2)
        cluster.has_rows("rejected", 1)
        yield cluster
    finally:
        worker.kill()


def tell(cluster: Cluster, records: list[Any]) -> None:
    publish(Environment(kafka=cluster.broker.address), records)  # type: ignore[call-arg]


def forget(cluster: Cluster, *more: str, told: str = "", status: int = 0) -> str:
    """Run the command with an address on standard input, and return all that it says."""
    settings = {"TALLY_CAMPAIGNS": str(CAMPAIGN), "TALLY_PSEUDONYM_KEY": KEY}
    command = [*TALLY, "forget", "--settle-seconds", "0", *more]
    env = os.environ | cluster.settings | settings
    done = subprocess.run(command, env=env, check=False, capture_output=True, text=True, input=told, timeout=120)
    assert done.returncode == status, done.stdout + done.stderr
    everything = done.stdout + done.stderr
    assert SOMEBODY not in everything
    assert "example.org" not in everything.lower()
    return everything


@pytest.mark.timeout(300)
def test_a_participant_is_forgotten_for_good(counting: Cluster) -> None:
    """Sums and reconciled totals stay, late reports and releases bring nobody back, nor does a restore."""
    cluster = counting
    before, reconciled = cluster.clickhouse.ask(SUMS), cluster.tally("reconcile")
    assert everywhere(cluster, SOMEBODY) == ["held_submissions", "letter_reports", "rejected"]
    told = forget(cluster, "--address-from-stdin", "--campaign", "w4r-2026", told=f"  {ADDRESS.upper()}\n")
    assert " of letter_reports, 2 of held_submissions, 1 of rejected" in told
    assert "Kafka's log of epoch 1 still has it" in told
    assert everywhere(cluster, SOMEBODY) == []
    (letters, reports, people), (after, still, left) = before[0], cluster.clickhouse.ask(SUMS)[0]
    assert (after, still, left) == (letters, reports, int(str(people)) - 1)
    assert cluster.tally("reconcile") == reconciled
    tell(
        cluster, [*said(), letter_record(report(2, 9)), letter_record(report(90)), held_record(verdict_of(1, "review"))]
    )
    cluster.has_rows("letter_reports", 43)
    wait_for(lambda: cluster.clickhouse.ask("SELECT max(revision) FROM letter_reports") == [(9,)], 60)
    assert everywhere(cluster, SOMEBODY) == []
    assert on_the_log(cluster, SOMEBODY) > 60
    assert "nowhere" in forget(cluster, SOMEBODY)
    expected = cluster.clickhouse.ask(SUMS)
    cluster.lose_the_log()
    cluster.tally("topics", "create")
    cluster.tally("restore")
    assert on_the_log(cluster, SOMEBODY) == 0
    assert on_the_log(cluster, OTHER) > 0
    cluster.start_parts()
    wait_for(lambda: cluster.clickhouse.ask("SELECT countIf(epoch = 2) FROM letter_reports FINAL") == [(43,)], 60)
    assert cluster.clickhouse.ask(SUMS) == expected
    assert everywhere(cluster, SOMEBODY) == []
    assert "forgotten in epoch 1; the log of epoch 2" in forget(cluster, SOMEBODY)


@pytest.mark.parametrize(
    ("arguments", "told", "says"),
    [
        ((), "", "either the pseudonym, or --address-from-stdin"),
        (("--address-from-stdin",), ADDRESS, "either the pseudonym, or --address-from-stdin"),
        ((SOMEBODY, "--campaign", "w4r-2026"), "", "either the pseudonym, or --address-from-stdin"),
        (("--address-from-stdin", "--campaign", "another"), ADDRESS, "expected one of w4r-2026"),
        (("--address-from-stdin", "--campaign", "w4r-2026"), "ana at example", "expected an e-mail address"),
        (("--address-from-stdin", "--campaign", "w4r-2026"), "", "expected an e-mail address"),
    ],
)
def test_what_names_nobody_is_refused(tmp_path: Path, arguments: tuple[str, ...], told: str, says: str) -> None:
    """Before ClickHouse is asked anything a sentence says what is missing or wrong, without the address in it."""
    settings = {
        "TALLY_CAMPAIGNS": str(CAMPAIGN),
        "TALLY_PSEUDONYM_KEY": KEY,
        "TALLY_CLICKHOUSE": "http://127.0.0.1:1/t",
    }
    done = subprocess.run(
        [*TALLY, "forget", *arguments],
        env=os.environ | settings,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        input=told,
        timeout=60,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "ana" not in done.stderr.lower()
