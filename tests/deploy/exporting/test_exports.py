"""What is given out is what a plain recount of the log says, in every format, and so is what is registered of it."""

from collections.abc import Iterable
from datetime import UTC, date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from deploy.exporting.asked import Asked, What
from deploy.exporting.command import FORMATS
from deploy.exporting.giving import give_out
from deploy.exporting.reading import Known, ReadingError
from schemas.report import LetterReport
from schemas.tally import SCOPES
from tests.deploy.exporting.conftest import MANY, clear
from tests.deploy.exporting.readers import Row, read_back
from tests.histories import recount
from tests.sinks.clickhouse.history import CATALOGUE, at, period_of, seasons_history, standing_reports, store_history

CAMPAIGN, ZONE = "w4r-2026", "Europe/Warsaw"
lawfully = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
days_or_none = st.none() | st.integers(0, 100).map(lambda number: date(2026, 10, 25) + timedelta(number))
Figures = dict[tuple[str, str], tuple[int, int]]


def wanted_of(history: Iterable[LetterReport], asked: Asked) -> list[LetterReport]:
    """Return the standing reports of the campaign that came on days of the period."""
    first, last = asked.first_day or date.min, asked.last_day or date.max
    return [one for one in standing_reports(history) if one["campaign"] == CAMPAIGN and first <= day_of(one) <= last]


def day_of(report: LetterReport) -> date:
    return at(report["received_at"]).astimezone(ZoneInfo(ZONE)).date()


def figures_of(reports: Iterable[LetterReport]) -> Figures:
    return {(scope, member): pair for (_, scope, member), pair in recount(reports).items()}


def days_of(reports: list[LetterReport]) -> dict[tuple[str, str, str], tuple[int, int]]:
    days = {day_of(one) for one in reports}
    each = {day: figures_of(one for one in reports if day_of(one) == day) for day in days}
    return {(str(day), *place): pair for day, figures in each.items() for place, pair in figures.items()}


def row_of(report: LetterReport) -> Row:
    campaign = CATALOGUE.campaigns[CAMPAIGN]
    names = ("campaign", "report_id", "case", "country", "channel", "source", "kind", "letters")
    return {
        **{name: report[name] for name in names},  # type: ignore[literal-required]  # of a report
        "event": report["event"] or "none",
        "written_at": None if report["written_at"] is None else at(report["written_at"]),
        "received_at": at(report["received_at"]),
        "period": period_of(report),
        "campaign_day": (at(report["received_at"]) - campaign.at(campaign.opens)) // timedelta(days=1) + 1,
    }


def registered(client: Client, known: Known) -> tuple[Row, Figures]:
    """Return a publication and its figures."""
    told = {"id": known.publication_id}
    found = client.query("SELECT * FROM publications FINAL WHERE publication_id = {id:UUID}", parameters=told)
    (publication,) = found.named_results()
    figures = "SELECT scope, member, letters, reports FROM publication_figures FINAL WHERE publication_id = {id:UUID}"
    rows = client.query(figures, parameters=told).result_rows
    return publication, {(scope, member): (letters, reports) for scope, member, letters, reports in rows}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", ["reports", "days", "totals"])
@lawfully
@given(
    seed=st.integers(0, 2**32),
    first=days_or_none,
    last=days_or_none,
    scopes=st.sets(st.sampled_from(SCOPES)).map(sorted),
)
def test_every_figure_is_a_plain_recount(
    *,
    tables: Client,
    tmp_path: Path,
    form: str,
    what: What,
    seed: int,
    first: date | None,
    last: date | None,
    scopes: list[str],
) -> None:
    """Whatever was sent how often, corrected, moved or taken back: rows, heading, figures and positions are right."""
    clear(tables)
    history = seasons_history(Random(seed), 1 + seed % 300)
    store_history(tables, history)
    asked = Asked(CAMPAIGN, what, ZONE, first, last)
    wanted, file = wanted_of(history, asked), tmp_path / f"{seed}.{form}"
    file.unlink(missing_ok=True)
    if not wanted:
        with pytest.raises(ReadingError, match="No report of 'w4r-2026'"):
            give_out(tables, asked, FORMATS[form], file)
        assert not file.exists()
        return
    named = scopes if what != "reports" else []
    known = give_out(tables, asked, FORMATS[form], file, named)
    heading, rows = read_back(file)
    figures = figures_of(wanted)
    check_rows(what, rows, wanted, named)
    assert (int(heading["letters"]), int(heading["reports"])) == figures["world", "all"]
    publication, kept = registered(tables, known)
    assert kept == figures
    assert heading["publication"] == str(publication["publication_id"])
    assert heading["query"] == publication["query"]
    assert heading["definition"] == publication["definition"]
    assert heading["as_of"] == known.as_of.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    period = [
        moment and moment.replace(tzinfo=UTC)
        for moment in (publication["received_from"], publication["received_until"])
    ]
    assert period == [asked.received_from, asked.received_until]
    (position,) = publication["positions"]
    assert figures_of(wanted_of(history[:position], asked)) == figures


def check_rows(what: What, rows: list[Row], wanted: list[LetterReport], named: list[str]) -> None:
    scopes = named or SCOPES
    if what == "reports":
        in_order = sorted(wanted, key=lambda one: int(one["report_id"].replace("-", ""), 16))  # all are small
        assert rows == [row_of(one) for one in in_order]
    elif what == "days":
        told = {(one["day"], one["scope"], one["member"]): (one["letters"], one["reports"]) for one in rows}
        assert len(told) == len(rows)
        assert told == {key: pair for key, pair in days_of(wanted).items() if key[1] in scopes}
        assert list(told) == sorted(told, key=lambda key: (key[0], SCOPES.index(key[1]), key[2]))  # type: ignore[arg-type]  # a scope
    else:
        totals = {(one["scope"], one["member"]): (one["letters"], one["reports"]) for one in rows}
        assert len(totals) == len(rows)
        assert totals == {key: pair for key, pair in figures_of(wanted).items() if key[0] in scopes}
        assert list(totals) == sorted(totals, key=lambda key: (SCOPES.index(key[0]), key[1]))  # type: ignore[arg-type]  # a scope


def test_the_same_letters_are_the_same_rows_in_the_same_order(tables: Client, tmp_path: Path) -> None:
    """Asked again, and after the table's parts were merged, a file differs in its heading only."""
    history = seasons_history(Random(3), 400)
    store_history(tables, history[:200])
    tables.command("OPTIMIZE TABLE letter_reports FINAL")
    store_history(tables, history)
    bodies = []
    for number in range(2):
        file = tmp_path / f"{number}.csv"
        give_out(tables, Asked(CAMPAIGN, "reports", ZONE), FORMATS["csv"], file)
        bodies.append([line for line in file.read_text().splitlines() if not line.startswith("# ")])
        tables.command("OPTIMIZE TABLE letter_reports FINAL")
    assert bodies[0] == bodies[1]
    assert len(bodies[0]) > 50


def test_reports_are_in_order_whatever_parts_they_lie_in(tables: Client, tmp_path: Path) -> None:
    """Hundreds of thousands of random reports in parts that overlap come in ClickHouse's order of UUIDs."""
    for _ in range(3):
        tables.command(MANY)
    file = tmp_path / "rows.parquet"
    known = give_out(tables, Asked(CAMPAIGN, "reports"), FORMATS["parquet"], file)
    places = [UUID(text).int for text in parquet.read_table(file, columns=["report_id"])["report_id"].to_pylist()]
    halves = [(place & (1 << 64) - 1, place >> 64) for place in places]
    assert halves == sorted(halves)
    assert len(halves) == known.reports == 600_000


def test_a_registered_query_gives_the_same_figures_again(tables: Client, tmp_path: Path) -> None:
    """Whoever finds a publication can ask again what it asked."""
    store_history(tables, seasons_history(Random(4), 200))
    asked = Asked(CAMPAIGN, "totals", ZONE, date(2026, 11, 1), date(2026, 12, 12))
    publication, figures = registered(tables, give_out(tables, asked, FORMATS["csv"], tmp_path / "totals.csv"))
    *values, query = publication["query"].split("; ")
    session: dict[str, Any] = {"session_id": "again"}
    for value in values:
        tables.command(value, settings=session)
    rows = tables.query(query, settings=session).named_results()
    assert {(row["scope"], row["member"]): (row["letters"], row["reports"]) for row in rows} == figures
