"""The view `years` holds what was published and what was counted apart."""

from datetime import date
from random import Random

from clickhouse_connect.driver.client import Client

from tests.sinks.clickhouse.history import CATALOGUE, seasons_history, standing_reports, store_history, sums


def test_published_and_counted_stand_side_by_side(tables: Client) -> None:
    """Counted rows are a plain recount, published ones what was stored, whatever the other says of the same member."""
    history = seasons_history(Random(3), 300)
    store_history(tables, history)
    said = [
        [2026, "world", "all", 5, "a page", date(2027, 3, 1)],
        [2026, "world", "all", 6, "b page", date(2027, 3, 1)],
        [2018, "country", "FR", 7, "a page", date(2019, 3, 1)],
    ]
    names = ["year", "scope", "member", "letters", "source", "as_of"]
    tables.insert("published_totals", said, column_names=names)
    rows = "SELECT year, scope, member, letters, source FROM years WHERE origin = {origin:String} ORDER BY ALL"
    published = tables.query(rows, parameters={"origin": "published"}).result_rows
    assert [list(row) for row in published] == sorted(row[:5] for row in said)
    counted = tables.query(rows, parameters={"origin": "counted"}).result_rows
    expected = []
    for scope, member in {
        "world": lambda _: "all",
        "case": lambda one: one["case"],
        "country": lambda one: one["country"],
    }.items():
        for (campaign, name), (letters, _) in sums(
            standing_reports(history), lambda one, member=member: (one["campaign"], member(one))
        ).items():
            expected.append((CATALOGUE.campaigns[campaign].day.year, scope, name, letters, campaign))
    assert sorted(counted) == sorted(expected)
    assert tables.query(
        "SELECT count() FROM years WHERE origin = 'published' AND as_of != toStartOfDay(as_of)"
    ).result_rows == [(0,)]
