"""Random histories in ClickHouse, and what analysts' views must say of them, counted slowly and plainly."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.client import Client

from schemas.catalogue import Campaign, Catalogue
from schemas.report import LetterReport
from sinks.clickhouse.catalogue_rows import campaign_columns, case_columns
from sinks.clickhouse.rows import version_of
from tests.histories import random_history

Row = dict[str, Any]
NOW = datetime(2027, 3, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def campaign_of(year: int, time_zone: str = "Europe/Warsaw") -> Campaign:
    """Return a campaign whose days are those of a zone."""
    cases = [{"case": f"case-{number}", "name": f"Case {number}", "country": "BY", "line": "x"} for number in range(3)]
    return Campaign.model_validate(
        {
            "campaign": f"w4r-{year}",
            "title": f"Write for Rights {year}",
            "time_zone": time_zone,
            "opens": datetime(year, 11, 1),  # noqa: DTZ001 (in its own zone)
            "closes": datetime(year, 12, 31, 23, 59, 59),  # noqa: DTZ001 (as above)
            "late_until": datetime(year + 1, 2, 28),  # noqa: DTZ001 (as above)
            "goal": 1000,
            "cases": cases,
        }
    )


CATALOGUE = Catalogue(campaigns={f"w4r-{year}": campaign_of(year) for year in (2025, 2026)})


def seasons_history(random: Random, size: int) -> list[LetterReport]:
    """Return duplicates, corrections, moves and withdrawals over two campaigns, late ones and ones without a moment."""
    history = random_history(random, size, max(1, size // 2))
    return [report | _moments(report) for report in history]  # type: ignore[misc]  # the same keys


def _moments(report: LetterReport) -> Row:
    """Return moments that depend on the report and its revision only, as a copy of it says the same."""
    says = Random(f"{report['report_id']}/{report['revision']}")
    begins = datetime(int(report["campaign"][-4:]), 10, 31, 20, tzinfo=UTC).timestamp()
    received = int((begins + says.choice((0, 38.9, 60.9)) * 86_400 + says.randrange(3 * 86_400)) * 1000)
    written = None if says.random() < 0.2 else received - says.randrange(3 * 86_400_000)
    who = None if says.random() < 0.3 else f"00000000-0000-4000-8000-{says.randrange(9):012}"
    return {"received_at": received, "written_at": written, "participant": who}


def store_history(client: Client, history: Iterable[LetterReport], catalogue: Catalogue = CATALOGUE) -> None:
    """Insert a history as the sink does, and the catalogue; make the sums anew."""
    rows = [_row(report, offset) for offset, report in enumerate(history)]
    for table, columns in (
        ("letter_reports", {name: [row[name] for row in rows] for name in rows[0]} if rows else {}),
        ("campaigns", campaign_columns(catalogue.campaigns.values(), NOW)),
        ("campaign_cases", case_columns(catalogue.campaigns.values(), NOW)),
    ):
        if columns:
            client.insert(table, list(columns.values()), column_names=list(columns), column_oriented=True)
    sum_anew(client)


def sum_anew(client: Client) -> None:
    """Make `letter_sums` anew, as happens each minute."""
    client.command("SYSTEM REFRESH VIEW letter_sums_refresh")
    client.command("SYSTEM WAIT VIEW letter_sums_refresh")


def _row(report: LetterReport, offset: int) -> Row:
    place = {"epoch": 1, "partition": 0, "offset": offset, "version": version_of(report["revision"], 1, offset)}
    return {**report, "event": report["event"] or "none", **place}


def standing_reports(history: Iterable[LetterReport]) -> list[LetterReport]:
    """Return the reports that count: of each the first of its highest revision, unless it is taken back or nothing."""
    newest: dict[str, LetterReport] = {}
    for report in history:
        known = newest.get(report["report_id"])
        if known is None or report["revision"] > known["revision"]:
            newest[report["report_id"]] = report
    return [report for report in newest.values() if report["letters"] and not report["withdrawn"]]


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def quarter_of(milliseconds: int) -> datetime:
    """Return the quarter of an hour that a moment lies in."""
    moment = at(milliseconds)
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def period_of(report: LetterReport) -> str:
    """Return the period by the calendar of the campaign's zone."""
    campaign = CATALOGUE.campaigns[report["campaign"]]
    there = at(report["received_at"]).astimezone(ZoneInfo(campaign.time_zone))
    day = f"{campaign.day.year}-12-10"
    if there.date().isoformat() < day:
        return "early"
    if there.date().isoformat() == day:
        return "on the day"
    return "after" if there.replace(tzinfo=None) < datetime(campaign.day.year, 12, 31, 23, 59, 59) else "late"  # noqa: DTZ001


def day_of_campaign(report: LetterReport) -> int:
    """Return which day of 24 hours since the campaign opened it came on."""
    campaign = CATALOGUE.campaigns[report["campaign"]]
    return (at(report["received_at"]) - campaign.at(campaign.opens)) // timedelta(days=1) + 1


def sums(reports: Iterable[LetterReport], key: Any) -> dict[Any, tuple[int, int]]:  # noqa: ANN401 (a function)
    """Return letters and reports by what `key` makes of a report."""
    letters: Counter[Any] = Counter()
    count: Counter[Any] = Counter()
    for report in reports:
        letters[key(report)] += report["letters"]
        count[key(report)] += 1
    return {one: (letters[one], count[one]) for one in letters}
