"""What analysts read is what a plain recount of the log says."""

from datetime import datetime
from random import Random
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.report import LetterReport
from tests.sinks.clickhouse.history import (
    CATALOGUE,
    at,
    day_of_campaign,
    period_of,
    quarter_of,
    seasons_history,
    standing_reports,
    store_history,
    sums,
)

lawfully = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def told(client: Client, query: str) -> dict[Any, tuple[int, int]]:
    """Return a query's rows: what its last two columns say, by the others."""
    return {row[0] if len(row) == 3 else row[:-2]: tuple(row[-2:]) for row in client.query(query).result_rows}  # type: ignore[misc]


def clear(client: Client) -> None:
    for table in ("letter_reports", "campaigns", "campaign_cases"):
        client.command(f"TRUNCATE TABLE {table}")


@lawfully
@given(st.integers(0, 2**32), st.integers(0, 400))
def test_every_view_is_a_plain_recount(tables: Client, seed: int, size: int) -> None:
    """Whatever was sent how often, corrected, moved or taken back: each view sums to what stands, no more."""
    clear(tables)
    history = seasons_history(Random(seed), size)
    store_history(tables, history)
    standing = standing_reports(history)

    def member(one: LetterReport) -> Any:  # noqa: ANN401 (a tuple of them)
        return (one["campaign"], period_of(one), one["country"], one["case"], one["channel"], one["kind"])

    assert told(tables, "SELECT * EXCEPT as_of FROM periods") == sums(standing, member)
    members = "campaign, period, country, `case`, channel, kind, sum(letters), count()"
    assert told(tables, f"SELECT {members} FROM letters GROUP BY ALL") == sums(standing, member)  # noqa: S608 (our own)
    received = "SELECT campaign, country, quarter, letters, reports FROM received_quarters"
    assert utc(told(tables, received)) == sums(
        standing, lambda one: (one["campaign"], one["country"], quarter_of(one["received_at"]))
    )
    written = "SELECT campaign, country, quarter, letters, reports FROM written_quarters"
    assert utc(told(tables, written)) == sums(
        standing,
        lambda one: (
            one["campaign"],
            one["country"],
            None if one["written_at"] is None else quarter_of(one["written_at"]),
        ),
    )
    days = sums(standing, lambda one: (one["campaign"], day_of_campaign(one)))
    assert told(tables, "SELECT campaign, campaign_day, letters, reports FROM seasons") == days
    so_far = dict(tables.query("SELECT (campaign, campaign_day), letters_so_far FROM seasons").result_rows)
    assert so_far == {
        (campaign, day): sum(n for (of, on), (n, _) in days.items() if of == campaign and on <= day)
        for campaign, day in days
    }
    assert tables.query("SELECT uniqExact(participant) FROM letters").result_rows == [
        (len({one["participant"] for one in standing} - {None}),)
    ]


def utc(said: dict[Any, tuple[int, int]]) -> dict[Any, tuple[int, int]]:
    return {tuple(_utc(part) for part in key): pair for key, pair in said.items()}


def _utc(part: object) -> object:
    return at(int(part.timestamp() * 1000)) if isinstance(part, datetime) else part


@pytest.mark.parametrize("view", ["received_quarters", "written_quarters", "periods", "seasons"])
def test_what_is_summed_at_one_moment_says_so(tables: Client, view: str) -> None:
    """All sums were made by one query, and carry its moment."""
    store_history(tables, seasons_history(Random(1), 100))
    moments = tables.query(f"SELECT DISTINCT as_of, sum(letters) OVER () FROM {view}").result_rows  # noqa: S608 (our own)
    assert moments == tables.query("SELECT max(as_of), (SELECT sum(letters) FROM letters) FROM letter_sums").result_rows


def test_a_campaign_that_nobody_describes_counts_all_the_same(tables: Client) -> None:
    """Letters of a campaign that the catalogue has lost are there, with period and year unknown."""
    history = seasons_history(Random(2), 50)
    store_history(tables, history, type(CATALOGUE)(campaigns={}))
    said = tables.query("SELECT DISTINCT year, period, campaign_day FROM letters").result_rows
    assert said == [(0, "unknown", 0)]
    total = tables.query("SELECT sum(letters), sum(reports) FROM periods").result_rows[0]
    assert total == (sum(one["letters"] for one in standing_reports(history)), len(standing_reports(history)))
