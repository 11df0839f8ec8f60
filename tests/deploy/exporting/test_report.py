"""`tally report` says what a plain recount says, and what was there in earlier years."""

from datetime import timedelta
from random import Random
from typing import Any

import orjson
from clickhouse_connect.driver.client import Client

from schemas.report import LetterReport
from schemas.tally import SCOPES
from tests.deploy.exporting.conftest import Tally
from tests.histories import recount
from tests.sinks.clickhouse.history import (
    CATALOGUE,
    at,
    period_of,
    seasons_history,
    standing_reports,
    store_history,
    sums,
)

CAMPAIGN = "w4r-2026"


def day_of(report: LetterReport) -> int:
    campaign = CATALOGUE.campaigns[report["campaign"]]
    return (at(report["received_at"]) - campaign.at(campaign.opens)) // timedelta(days=1) + 1


def stored(client: Client, seed: int) -> list[LetterReport]:
    """Store a history and return what stands of it."""
    history = seasons_history(Random(seed), 400)
    store_history(client, history)
    return standing_reports(history)


def asked(tally: Tally, *options: str) -> dict[str, Any]:
    """Return what it says to programs."""
    said = tally("report", CAMPAIGN, "--json", *options)
    assert (said.returncode, said.stderr) == (0, "")
    told: dict[str, Any] = orjson.loads(said.stdout)
    return told


def test_its_sums_are_a_plain_recount(tables: Client, tally: Tally) -> None:
    """Scopes, periods and days of the campaign, and the days of the year before."""
    standing = stored(tables, 8)
    ours = [one for one in standing if one["campaign"] == CAMPAIGN]
    told = asked(tally)
    totals = {(one["scope"], one["member"]): (one["letters"], one["reports"]) for one in told["totals"]}
    assert {key: pair for key, pair in totals.items() if key[0] in SCOPES} == {
        place: pair
        for (_, *place), pair in ((key, pair) for key, pair in recount(ours).items())
        for place in [tuple(place)]
    }
    assert {member: pair for (scope, member), pair in totals.items() if scope == "period"} == sums(ours, period_of)
    assert {int(member): pair for (scope, member), pair in totals.items() if scope == "day"} == sums(ours, day_of)
    before = sums((one for one in standing if one["campaign"] == "w4r-2025"), day_of)
    assert {day["campaign_day"]: day["letters"] for day in told["earlier_seasons"]} == {
        day: letters for day, (letters, _) in before.items()
    }
    assert {day["campaign"] for day in told["earlier_seasons"]} == {"w4r-2025"}
    assert told["heading"]["letters"] == totals["world", "all"][0]


def test_it_is_registered_only_where_it_is_published(tables: Client, tally: Tally) -> None:
    """With --publish its heading names a publication with the figures that it shows; without, there is none."""
    stored(tables, 9)
    assert "publication" not in asked(tally)["heading"]
    assert tables.query("SELECT count() FROM publications").result_rows == [(0,)]
    told = asked(tally, "--publish")
    rows = tables.query("SELECT toString(publication_id), scope, member, letters, reports FROM publication_figures")
    assert {row[0] for row in rows.result_rows} == {told["heading"]["publication"]}
    assert sorted(row[1:] for row in rows.result_rows) == sorted(
        tuple(one.values()) for one in told["totals"] if one["scope"] in SCOPES
    )


def test_its_tables_show_the_most_first(tables: Client, tally: Tally) -> None:
    """Head, world, cases, countries up to a limit with the rest in one row, channels, periods and both seasons."""
    stored(tables, 10)
    told = asked(tally)
    said = tally("report", CAMPAIGN, "--most", "1")
    assert (said.returncode, said.stderr) == (0, "")
    lines = [" ".join(line.replace("│", " ").split()) for line in said.stdout.splitlines()]
    assert lines[0].startswith(f"{CAMPAIGN}, as of 20")
    assert lines[1] == told["heading"]["definition"]
    world = told["heading"]["letters"]
    assert f"world {world:,} 100.0% {told['heading']['reports']:,}" in lines
    countries = sorted(
        ((one["letters"], one["member"]) for one in told["totals"] if one["scope"] == "country"), reverse=True
    )
    begin = lines.index("Countries")
    shown = [line.split()[:2] for line in lines[begin + 4 : begin + 5]]
    assert shown == [[member, f"{letters:,}"] for letters, member in countries[:1]]
    rest = sum(letters for letters, _ in countries[1:])
    assert lines[begin + 5].startswith(f"{len(countries) - 1} more {rest:,} {rest / world:.1%}")
    assert [title for title in ("Cases", "Channels", "Periods, by arrival") if title not in lines] == []
    season = next(number for number, line in enumerate(lines) if line.startswith("Season"))
    assert "w4r-2025" in lines[season + 2]
    assert any("█" in line for line in lines[season:])
    assert any(line.startswith("Earlier seasons as of") for line in lines[season:])


def test_a_campaign_that_nobody_describes_has_no_season(tables: Client, tally: Tally) -> None:
    """Its letters are there all the same; the period is unknown and no day of it is."""
    history = seasons_history(Random(11), 50)
    store_history(tables, history, type(CATALOGUE)(campaigns={}))
    said = tally("report", CAMPAIGN)
    assert (said.returncode, said.stderr) == (0, "")
    assert "unknown" in said.stdout
    assert "Season" not in said.stdout


def test_nobody_counted_is_a_sentence(tables: Client, tally: Tally) -> None:
    """A campaign of which nothing counts ends with a sentence, also for programs."""
    for options in ((), ("--json",)):
        said = tally("report", "w4r-1999", *options)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr == "No report of 'w4r-1999' is counted in ClickHouse.\n"
    assert tables.query("SELECT count() FROM publications").result_rows == [(0,)]
