"""Who is forgotten is nowhere in ClickHouse, does not come back, and no number changes."""

import json
from functools import partial
from random import Random
from threading import Event
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.forgetting import StillStoredError, forget
from schemas.migrations import connect
from schemas.report import LetterReport
from schemas.wire import encode
from sinks.clickhouse.forgotten import digest_of, without_forgotten
from sinks.clickhouse.insert import Store
from sinks.clickhouse.reconcile import Log, _read_truth
from sinks.clickhouse.rows import letter_rows
from tests.sinks.clickhouse.history import CATALOGUE, seasons_history, standing_reports, store_history, sum_anew
from tests.sinks.clickhouse.test_truth import PARTITIONS, record

OTHER = "00000000-0000-4000-8000-000000000004"
SOMEBODY = "00000000-0000-4000-8000-000000000003"
NUMBERS = (
    "SELECT * EXCEPT as_of FROM periods ORDER BY ALL",
    "SELECT * EXCEPT as_of FROM received_quarters ORDER BY ALL",
    "SELECT * EXCEPT as_of FROM written_quarters ORDER BY ALL",
    "SELECT * EXCEPT as_of FROM seasons ORDER BY ALL",
    "SELECT * EXCEPT participant FROM letters ORDER BY ALL",
    "SELECT * EXCEPT participant FROM letter_reports FINAL ORDER BY ALL",
)
lawfully = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def nothing_under_way() -> None:
    """Return at once: nothing else stores here."""


def numbers(client: Client) -> list[Any]:
    """Return every row of every view of analysts, the truth, and what it is held against the totals with."""
    sum_anew(client)
    compared = _read_truth(client, 1, {partition: Log(0, 0, []) for partition in range(PARTITIONS)})
    sums = {partition: sorted(truth.sums.items()) for partition, truth in compared.items()}
    return [sums, *(client.query(query).result_rows for query in NUMBERS)]


def tables_with(client: Client, participant: str) -> list[str]:
    """Return the tables that have a pseudonym anywhere, in any column, and what is written down of changes to them."""
    of_us = f"SELECT name FROM system.tables WHERE database = '{client.database}' AND engine LIKE '%MergeTree'"  # noqa: S608 (ours)
    names = [name for (name,) in client.query(of_us).result_rows]
    assert "letter_reports" in names
    has = "SELECT count() FROM {} WHERE position(lower(formatRow('TSV', *)), '{}') > 0"
    return [one for one in (*names, "system.mutations") if client.command(has.format(one, participant)) != 0]


def replay(url: str, history: list[LetterReport]) -> None:
    """Store the log again as a sink does that has lost its place in it."""
    store = Store(partial(connect, url), Event())
    records = [record(offset, dict(report)) for offset, report in enumerate(history)]
    rows = letter_rows(records, 1, PARTITIONS)
    store.insert(rows.table, rows.columns)


@lawfully
@given(st.integers(0, 2**32), st.integers(1, 300))
def test_forgetting_changes_no_number(tables: Client, url: str, seed: int, size: int) -> None:
    """Views and what is reconciled stay as they were, one participant less is counted, a replay brings none back."""
    for table in ("letter_reports", "campaigns", "campaign_cases", "forgotten_participants"):
        tables.command(f"TRUNCATE TABLE {table}")
    random = Random(seed)
    history = seasons_history(random, size)
    store_history(tables, [])
    replay(url, history)
    before = numbers(tables)
    people = {one["participant"] for one in standing_reports(history)} - {None}
    who = random.choice([one["participant"] or SOMEBODY for one in history])
    done = forget(tables, who, nothing_under_way)
    assert (done.rows["letter_reports"] > 0) == any(one["participant"] == who for one in history)
    for _ in range(2):
        assert numbers(tables) == before
        assert tables.query("SELECT uniqExact(participant) FROM letters").result_rows == [(len(people - {who}),)]
        assert tables_with(tables, who) == []
        replay(url, history)
        tables.command("OPTIMIZE TABLE letter_reports FINAL")


@pytest.mark.parametrize("table", ["held_submissions", "rejected"])
@given(
    st.lists(
        st.lists(
            st.sampled_from([SOMEBODY, SOMEBODY.upper(), OTHER, f'{{"participant":"{SOMEBODY}"}}', '"', "{", "x"])
        ),
        max_size=5,
    )
)
@lawfully
def test_texts_lose_the_same_in_the_sink_and_in_clickhouse(tables: Client, table: str, texts: list[list[str]]) -> None:
    """What waits and what was refused keeps all but the pseudonym, whole JSON or not, and other people's stay."""
    column = {"held_submissions": "payload", "rejected": "value"}[table]
    keys = {"held_submissions": "number", "rejected": "origin"}
    said = dict(enumerate(map("".join, texts)))
    expected = without_forgotten(table, {column: list(said.values())}, {digest_of(SOMEBODY)})[column]
    tables.command(f"TRUNCATE TABLE {table}")
    rows = [[str(key) if table == "rejected" else key, text] for key, text in said.items()]
    tables.insert(table, rows, column_names=[keys[table], column])
    forget(tables, SOMEBODY, nothing_under_way)
    left = tables.query(f"SELECT {column} FROM {table} FINAL ORDER BY toUInt32({keys[table]})").result_columns  # noqa: S608 (ours)
    assert (list(left[0]) if said else []) == expected
    assert not any(SOMEBODY in text.lower() for text in expected)
    assert all(text.count(OTHER) == was.count(OTHER) for text, was in zip(expected, said.values(), strict=True))


def test_what_waits_is_still_whole(tables: Client) -> None:
    """A report that waits is the same JSON with null for the participant, so that it can be released."""
    report: Any = {**seasons_history(Random(1), 1)[0], "participant": SOMEBODY}
    kept = without_forgotten("held_submissions", {"payload": [encode(report).decode()]}, {digest_of(SOMEBODY)})
    assert json.loads(kept["payload"][0]) == {**report, "participant": None}
    tables.insert("held_submissions", [[encode(report).decode()]], column_names=["payload"])
    assert forget(tables, SOMEBODY, nothing_under_way).rows == {
        "letter_reports": 0,
        "held_submissions": 1,
        "rejected": 0,
    }
    assert json.loads(str(tables.command("SELECT payload FROM held_submissions"))) == {**report, "participant": None}


def late(client: Client, report: LetterReport) -> None:
    """Store a report as an insert does that had asked who is forgotten before."""
    store_history(client, [report], CATALOGUE)


def test_what_was_under_way_is_found_by_the_second_look(tables: Client) -> None:
    """A row that an insert brings after the first look is cleared as well."""
    report: Any = {**seasons_history(Random(1), 1)[0], "participant": SOMEBODY}
    done = forget(tables, SOMEBODY, partial(late, tables, report))
    assert (done.rows["letter_reports"], done.came_back) == (0, 1)
    assert tables_with(tables, SOMEBODY) == []


def test_what_goes_on_storing_it_is_told(tables: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something stores the pseudonym again and again, forgetting does not say that it is done."""
    report: Any = {**seasons_history(Random(1), 1)[0], "participant": SOMEBODY}
    command = tables.command

    def and_again(statement: str, **told: Any) -> Any:  # noqa: ANN401 (the client's)
        done = command(statement, **told)
        late(tables, report)
        return done

    late(tables, report)
    with monkeypatch.context() as patch:
        patch.setattr(tables, "command", lambda said, **told: (and_again if "ALTER" in said else command)(said, **told))
        with pytest.raises(StillStoredError, match="every sink of this release"):
            forget(tables, SOMEBODY, nothing_under_way)
    assert forget(tables, SOMEBODY, nothing_under_way).rows["letter_reports"] > 0
    assert tables_with(tables, SOMEBODY) == []


def test_who_is_forgotten_is_asked_anew_for_each_attempt(
    tables: Client, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An insert that failed and is sent again leaves out who was forgotten in between."""
    report: Any = {**seasons_history(Random(1), 1)[0], "participant": SOMEBODY}
    rows = letter_rows([record(0, report)], 1, PARTITIONS)
    client = connect(url)
    send = client.data_insert
    sent = []

    def fail_once(context: Any) -> Any:  # noqa: ANN401 (the client's)
        sent.append(context)
        if len(sent) == 1:
            forget(tables, SOMEBODY, nothing_under_way)
            raise OperationalError("away")
        return send(context)

    monkeypatch.setattr(client, "data_insert", fail_once)
    Store(lambda: client, Event()).insert(rows.table, rows.columns)
    assert len(sent) == 2
    assert tables.query("SELECT participant, letters FROM letter_reports").result_rows == [(None, report["letters"])]
    client.close()
