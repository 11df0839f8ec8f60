"""What ClickHouse lists as waiting is what the worker of held reports lets wait."""

from collections.abc import Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, Final

from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.partition import partition_of
from schemas.wire import HEADERS, encode
from sinks.clickhouse.held_rows import held_rows
from tests.holdings import Said, judged, random_holding, submission_of, verdict_of

PARTITIONS: Final = 3


def record(offset: int, said: Said, **spoiled: Any) -> Any:  # noqa: ANN401 (what Kafka's client returns)
    key = said["submission_id"].encode()
    place = {"topic": "held", "partition": partition_of(key, PARTITIONS), "offset": offset}
    return SimpleNamespace(**{**place, "key": key, "value": encode(said), "headers": HEADERS, **spoiled})


def store(client: Client, records: Sequence[Any], epoch: int = 1) -> None:
    for rows in held_rows(records, epoch, PARTITIONS):
        if rows.records:
            columns = list(rows.columns.values())
            client.insert(rows.table, columns, column_names=list(rows.columns), column_oriented=True)


def waiting(client: Client) -> dict[str, list[str]]:
    """Return what waits, by submission, and for what."""
    rows = client.query("SELECT DISTINCT toString(submission_id), arraySort(needs) FROM held_reports").result_rows
    return {submission_id: list(needs) for submission_id, needs in rows}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), size=st.integers(1, 40), data=st.data())
def test_what_waits_is_what_the_worker_lets_wait(tables: Client, seed: int, size: int, data: st.DataObject) -> None:
    """In whatever order and repetition a log is stored, the view lists what the plain judgement lets wait."""
    for table in ("held_submissions", "held_verdicts"):
        tables.command(f"TRUNCATE TABLE {table}")
    log = random_holding(Random(seed), size, ids=4)
    records = [record(offset, said) for offset, said in enumerate(log)]
    mixed = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records), max_size=5))))
    cut = data.draw(st.integers(0, len(mixed)))
    store(tables, mixed[:cut])
    store(tables, mixed[cut:])
    assert waiting(tables) == judged(log)[1]


def test_each_report_is_listed_as_it_was_held(tables: Client) -> None:
    """A row is one report with its fields, its age and the need that is missing; an empty event is `none`."""
    held = submission_of(5, 2, ["confirmation", "review"])
    store(tables, [record(0, held), record(1, verdict_of(5, "review"))])
    query = """SELECT number, revision, needs, toString(report_id), `case`, event, letters, age_seconds > 1e6
        FROM held_reports ORDER BY number"""
    assert tables.query(query).result_rows == [
        (n, 2, ["confirmation"], r["report_id"], r["case"], r["event"] or "none", r["letters"], True)
        for n, r in enumerate(held["reports"])
    ]
    payloads = tables.query("SELECT payload FROM held_submissions ORDER BY number").result_columns[0]
    assert list(payloads) == [encode(report).decode() for report in held["reports"]]


def test_of_records_with_one_revision_the_first_is_listed(tables: Client) -> None:
    """A second record of the same revision, with more reports, adds none to what waits."""
    store(tables, [record(0, submission_of(1, 0, lines=1)), record(1, submission_of(1, 0, lines=3))])
    assert tables.query("SELECT count() FROM held_reports").result_rows == [(1,)]


def test_what_the_worker_rejects_is_no_row() -> None:
    """Unreadable records and those in a wrong partition are left out."""
    good = submission_of(1)
    home = record(0, good).partition
    bad = [record(1, good, value=b"{"), record(2, good, partition=(home + 1) % PARTITIONS)]
    reports, verdicts = held_rows([*bad, record(3, good), record(4, verdict_of(1, "review"))], 1, PARTITIONS)
    assert [r.offset for r in reports.records] == [3, 3]
    assert [r.offset for r in verdicts.records] == [4]
