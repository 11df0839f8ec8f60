"""What ClickHouse says stands is what the fold says stands."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.partition import partition_of
from schemas.report import LetterReport
from schemas.wire import HEADERS, encode
from sinks.clickhouse.rows import letter_rows, version_of
from streams.state import PartitionState
from tests.histories import standing
from tests.stores import MemoryStore

PARTITIONS = 3
MEMBERS = {
    "world": "'all'",
    "country": "country",
    "case": "`case`",
    "event": "event",
    "channel": "channel",
    "kind": "kind",
    "case-country": "concat(`case`, ':', country)",
}
IDS = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(5)]


def report(
    number: int, revision: int, letters: int, case: str, country: str = "DE", *, withdrawn: bool
) -> dict[str, Any]:
    return {
        "report_id": IDS[number],
        "revision": revision,
        "withdrawn": withdrawn,
        "participant": None if number % 2 else IDS[0],
        "campaign": "wfr",
        "case": case,
        "event": None if number % 2 else "school",
        "country": country,
        "channel": "web",
        "source": "form",
        "kind": "letter",
        "letters": letters,
        "written_at": None if number % 2 else 1_765_324_800_123,
        "received_at": 1_765_324_800_456,
    }


def record(offset: int, value: dict[str, Any], partition: int | None = None) -> Any:  # noqa: ANN401 (looks like Kafka's)
    key = value["report_id"].encode()
    where = partition_of(key, PARTITIONS) if partition is None else partition
    return SimpleNamespace(
        topic="letters", partition=where, offset=offset, key=key, value=encode(value), headers=HEADERS
    )


reports = st.builds(
    report,
    st.integers(0, len(IDS) - 1),
    st.integers(0, 3) | st.integers(2**40, 2**63 - 1),
    st.integers(0, 5),
    st.sampled_from(["ana", "ben"]),
    st.sampled_from(["DE", "ZZ"]),
    withdrawn=st.booleans(),
)


def store(client: Client, rows: Any) -> None:  # noqa: ANN401 (Rows)
    client.insert(rows.table, list(rows.columns.values()), column_names=list(rows.columns), column_oriented=True)


def folded(log: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Return what the count worker's own fold makes of the log, each record in its partition."""
    reports = [cast("LetterReport", value) for value in log]
    state = PartitionState(MemoryStore())
    state.count([(UUID(report["report_id"]).bytes, report) for report in reports], len(reports))
    return {(scope, member): pair for (_, scope, member), pair in standing(state.totals).items()}


def stored(client: Client) -> dict[tuple[str, str], tuple[int, int]]:
    """Return what plain SELECTs over the standing rows come to, by every scope."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for scope, member in MEMBERS.items():
        query = (
            f"SELECT {member}, sum(letters), count() FROM letter_reports FINAL "  # noqa: S608 (our own columns)
            "WHERE NOT withdrawn AND letters > 0 GROUP BY 1"
        )
        found |= {(scope, name): (letters, count) for name, letters, count in client.query(query).result_rows}
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=st.lists(reports, min_size=1, max_size=25), data=st.data())
def test_final_rows_are_the_fold(tables: Client, log: list[dict[str, Any]], data: st.DataObject) -> None:
    """In whatever pieces, order and repetition a log is stored, FINAL tells what the fold tells."""
    tables.command("TRUNCATE TABLE letter_reports")
    records = [record(offset, value) for offset, value in enumerate(log)]
    again = data.draw(st.lists(st.sampled_from(records), max_size=10))
    mixed = data.draw(st.permutations(records + again))
    cut = data.draw(st.integers(0, len(mixed)))
    for piece in (mixed[:cut], mixed[cut:]):
        if piece:
            store(tables, letter_rows(piece, 1, PARTITIONS))
    assert stored(tables) == folded(log)


def test_every_field_is_stored_as_it_was_sent(tables: Client) -> None:
    """A row holds the report's own values: ids, nulls, the sentinel for no event, and milliseconds."""
    store(
        tables,
        letter_rows(
            [record(7, report(1, 5, 3, "ana", withdrawn=False)), record(8, report(2, 0, 1, "ben", withdrawn=True))],
            1,
            PARTITIONS,
        ),
    )
    query = (
        "SELECT toString(report_id), toString(participant), event, toUnixTimestamp64Milli(written_at), "
        "toUnixTimestamp64Milli(received_at), withdrawn, letters, offset, version FROM letter_reports ORDER BY offset"
    )
    assert tables.query(query).result_rows == [
        (IDS[1], None, "none", None, 1_765_324_800_456, False, 3, 7, version_of(5, 1, 7)),
        (IDS[2], IDS[0], "school", 1_765_324_800_123, 1_765_324_800_456, True, 1, 8, version_of(0, 1, 8)),
    ]


def test_what_a_worker_rejects_is_no_row() -> None:
    """Unreadable records and those in a wrong partition are left out, the others stay with their own record."""
    good = record(1, report(0, 0, 1, "ana", withdrawn=False))
    unreadable = SimpleNamespace(topic="letters", partition=0, offset=2, key=b"k", value=b"{", headers=HEADERS)
    wrong = record(3, report(0, 0, 1, "ana", withdrawn=False), partition=(good.partition + 1) % PARTITIONS)
    rows = letter_rows([unreadable, good, wrong], 1, PARTITIONS)
    assert rows.records == [good]
    assert {len(column) for column in rows.columns.values()} == {1}


def test_versions_order_revision_then_epoch_then_place() -> None:
    """A higher revision beats all, then a newer log, then the earlier record; beyond the range it is an error."""
    assert version_of(1, 1, 2**47) > version_of(0, 65_535, 0)
    assert version_of(0, 2, 9) > version_of(0, 1, 0)
    assert version_of(0, 1, 3) > version_of(0, 1, 4)
    with pytest.raises(ValueError, match="out of the range"):
        version_of(0, 65_536, 0)
