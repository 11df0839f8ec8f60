"""What the charts, their tables and their files say is what a plain recount of the log says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.countries import COUNTRIES
from schemas.report import LetterReport
from sinks.history.charts import CHARTS
from sinks.history.languages import READERS
from sinks.history.lateness import MOST_COUNTRIES as MOST_LATE
from sinks.history.places import MOST_COUNTRIES
from tests.sinks.clickhouse.history import (
    CATALOGUE,
    at,
    period_of,
    seasons_history,
    standing_reports,
    store_history,
    sums,
)
from tests.sinks.history.asked import Charts, ReadPage, rows_of

NAMES = READERS["en"]
lawfully = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def world_history(seed: int, size: int) -> list[LetterReport]:
    """Return a history of more countries than charts have room for, one of them unknown."""
    history = seasons_history(Random(seed), size)
    return [report | {"country": _country(report)} for report in history]  # type: ignore[misc]  # the same keys


def _country(report: LetterReport) -> str:
    says = Random(f"{report['report_id']}/{report['revision']}")
    return says.choice(("ZZ", *sorted(COUNTRIES)[: says.choice((3, 60))]))


def told(rows: Sequence[dict[str, str]], *names: str) -> dict[Any, tuple[int, int]]:
    return {tuple(row[name] for name in names): (int(row["letters"]), int(row["reports"])) for row in rows}


def there(milliseconds: int, zone: str) -> datetime:
    return at(milliseconds).astimezone(ZoneInfo(zone))


def day_of(report: LetterReport) -> int:
    campaign = CATALOGUE.campaigns[report["campaign"]]
    return (at(report["received_at"]) - campaign.at(campaign.opens)) // timedelta(days=1) + 1


def hour_of(report: LetterReport, zone: str) -> tuple[str, str]:
    if report["written_at"] is None:
        return "", ""
    moment = there(report["written_at"], zone)
    return str(moment.isoweekday()), str(moment.hour)


def country_rows(reports: Sequence[LetterReport], most: int) -> dict[str, str]:
    """Return what each country stands under in a chart of at most so many rows."""
    letters = {country: pair[0] for country, pair in sums(reports, lambda one: one["country"]).items()}
    ranked = sorted(letters, key=lambda country: (-letters[country], country))
    kept = ranked if len(ranked) <= most else ranked[: most - 1]
    return {country: NAMES.country(country) if country in kept else "All other countries" for country in letters}


@lawfully
@given(st.integers(0, 2**32), st.integers(0, 400), st.sampled_from(["Europe/Warsaw", "Asia/Kathmandu", "America/Lima"]))
def test_every_file_is_a_plain_recount(tables: Client, charts: Charts, seed: int, size: int, zone: str) -> None:
    """Whatever was sent how often, corrected, moved or taken back: each file has what stands, all of it and no more."""
    tables.command("TRUNCATE TABLE letter_reports")
    history = world_history(seed, size)
    store_history(tables, history)
    standing = standing_reports(history)
    mine = [one for one in standing if one["campaign"] == "w4r-2025"]
    asked = [(f"/history/{name}.csv", {"campaign": "w4r-2025", "zone": zone}) for name in CHARTS]
    rows = dict(zip(CHARTS, map(rows_of, charts.get_all(asked)), strict=True))
    days = told(rows["seasons"], "campaign", "campaign_day")
    assert days == sums(standing, lambda one: (one["campaign"], str(day_of(one))))
    for row in rows["seasons"]:
        assert int(row["letters_so_far"]) == sum(
            n for (of, on), (n, _) in days.items() if of == row["campaign"] and int(on) <= int(row["campaign_day"])
        )
    assert told(rows["places"], "country", "case") == sums(mine, lambda one: (one["country"], one["case"]))
    assert told(rows["channels"], "channel", "kind") == sums(mine, lambda one: (one["channel"], one["kind"]))
    assert told(rows["hours"], "weekday", "hour") == sums(mine, lambda one: hour_of(one, zone))
    late = sums([one for one in mine if period_of(one) == "late"], lambda one: one["country"])
    every = sums(mine, lambda one: one["country"])
    assert {
        row["country"]: (int(row["late_letters"]), int(row["letters"]), float(row["late_share"]))
        for row in rows["lateness"]
    } == {country: (n := late.get(country, (0, 0))[0], all_, n / all_) for country, (all_, _) in every.items()}


@lawfully
@given(st.integers(0, 2**32), st.integers(1, 600))
def test_every_table_is_a_plain_recount(tables: Client, charts: Charts, seed: int, size: int) -> None:
    """What stands on the page sums to what stands in the log: countries without room stand together."""
    tables.command("TRUNCATE TABLE letter_reports")
    history = world_history(seed, size)
    store_history(tables, history)
    standing = standing_reports(history)
    mine = [one for one in standing if one["campaign"] == "w4r-2026"]
    page = ReadPage(charts.get("/history").text)
    cases = {case.case: case.name for case in CATALOGUE.campaigns["w4r-2026"].cases}
    under = country_rows(mine, MOST_COUNTRIES)
    assert page.cells("places") == letters_by(mine, lambda one: (under[one["country"]], cases[one["case"]]))
    weekdays = NAMES.locale.days["stand-alone"]["wide"]
    hours = letters_by(
        [one for one in mine if one["written_at"] is not None],
        lambda one: (
            f"{there(one['written_at'], 'Europe/Warsaw'):%H}:00",
            weekdays[int(hour_of(one, "Europe/Warsaw")[0]) - 1],
        ),
    )
    assert page.cells("hours") == hours
    unsaid = sum(one["letters"] for one in mine if one["written_at"] is None)
    assert (f"Of {unsaid:,} further letter" in page.words["hours"]) == bool(unsaid)
    by_kind = letters_by(mine, lambda one: (one["channel"], kind_said(one["kind"])))
    all_of = letters_by(mine, lambda one: (one["channel"], "All letters"))
    assert page.cells("channels") == by_kind | all_of
    under = country_rows(mine, MOST_LATE)
    late = letters_by(
        [one for one in mine if period_of(one) == "late"], lambda one: (under[one["country"]], "Late letters")
    )
    every = letters_by(mine, lambda one: (under[one["country"]], "All letters"))
    shares = {(country, "Share"): late[country, "Late letters"] / every[country, "All letters"] for country, _ in late}
    assert page.cells("lateness") == late | every | shares
    assert page.cells("seasons") == curves(standing, tables)


def letters_by(reports: Sequence[LetterReport], key: Any) -> dict[Any, int]:  # noqa: ANN401 (a function)
    return {member: pair[0] for member, pair in sums(reports, key).items()}


@cache
def kind_said(kind: str) -> str:
    return {"letter": "letters", "email": "e-mails", "card": "cards", "signature": "signatures", "post": "posts"}.get(
        kind, "messages of solidarity"
    )


def curves(standing: Sequence[LetterReport], tables: Client) -> dict[Any, float]:
    """Return letters so far by day and campaign: of no day that is still to come, unless something is known of it."""
    as_of = tables.query("SELECT toUnixTimestamp64Milli(max(as_of)) FROM letter_sums").result_rows[0][0]
    days = [day_of(one) for one in standing]
    found = {}
    for name, campaign in CATALOGUE.campaigns.items():
        mine = [one for one in standing if one["campaign"] == name]
        if not mine:
            continue
        today = (at(as_of) - campaign.at(campaign.opens)) // timedelta(days=1) + 1
        for day in range(min(days), max(min(max(days), today), *map(day_of, mine), min(days)) + 1):
            found[NAMES.number(day), campaign.title] = float(sum(one["letters"] for one in mine if day_of(one) <= day))
    return {key: letters for key, letters in found.items() if letters}


@pytest.mark.parametrize("name", CHARTS)
def test_the_sql_that_is_shown_is_what_was_asked(tables: Client, charts: Charts, name: str) -> None:
    """Whoever copies query and values from the page gets the rows of the file; the moment is the one that is said."""
    store_history(tables, world_history(7, 300))
    page = ReadPage(charts.get("/history", campaign="w4r-2025", zone="Asia/Kathmandu").text)
    result = tables.query(page.sql[name], parameters=page.values[name])
    link = next(link for link in page.links[name] if ".csv" in link)
    answer = charts.get(f"/{link}")
    columns = [column for column in result.column_names if column != "as_of"]
    assert rows_of(answer) == [
        {one: "" if (value := row[one]) is None else str(value) for one in columns} for row in result.named_results()
    ]
    assert len(rows_of(answer)) > 0
    moments = tables.query("SELECT DISTINCT as_of FROM letter_sums").result_rows
    said = next(line for line in answer.text.splitlines() if line.startswith("# As of: "))
    assert said == f"# As of: {moments[0][0].isoformat(timespec='milliseconds')}Z"
    assert " ".join(page.sql[name].split()) in answer.text
