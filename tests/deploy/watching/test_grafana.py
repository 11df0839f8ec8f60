"""Grafana's dashboards: every query is asked as Grafana asks it, by the analysts' user, and equals a plain recount."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from clickhouse_connect.driver.client import Client

from deploy.grafana.__main__ import FOLDER, dashboards
from schemas.analysts import LONGEST_SECONDS, USER
from schemas.report import LetterReport
from tests.deploy.engines import stocked
from tests.deploy.watching.promql import check_expressions
from tests.histories import recount
from tests.sinks.clickhouse.history import (
    CATALOGUE,
    at,
    day_of_campaign,
    period_of,
    seasons_history,
    standing_reports,
    sums,
)
from tests.sinks.clickhouse.totals import AS_OF, minute_of, store_totals

Json = dict[str, Any]
ZONE = "Asia/Kathmandu"
HISTORY = seasons_history(Random(11), 600)
STANDING = standing_reports(HISTORY)
OF_IT = [report for report in STANDING if report["campaign"] == "w4r-2026"]
RECOUNT = {key[1:]: pair for key, pair in recount(HISTORY).items() if key[0] == "w4r-2026"}
WORLD = RECOUNT["world", "all"]
FROM, TO = min(map(minute_of, OF_IT)) + timedelta(hours=1), max(map(minute_of, OF_IT)) - timedelta(hours=1)
DASHBOARDS: dict[str, Json] = {name: json.loads((FOLDER / name).read_text("utf-8")) for name in dashboards()}
SQL = {
    (name, panel["title"]): target["rawSql"]
    for name, one in DASHBOARDS.items()
    for panel in one["panels"]
    for target in panel["targets"]
    if "rawSql" in target
}
PROMQL = {
    f"{name}: {panel['title']}: {target['legendFormat']}": target["expr"]
    for name, one in DASHBOARDS.items()
    for panel in one["panels"]
    for target in panel["targets"]
    if "expr" in target
}


def asked(sql: str) -> str:
    """Return a query with Grafana's variables and the plugin's macros replaced, as both replace them."""
    for variable, value in (("campaign", "w4r-2026"), ("zone", ZONE)):
        sql = sql.replace(f"${{{variable}:sqlstring}}", f"'{value}'")
    begin, end = int(FROM.timestamp()), int(TO.timestamp())
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= toDateTime({begin}) AND \1 <= toDateTime({end})", sql)
    assert "$" not in sql, sql
    return sql


@pytest.fixture(scope="module")
def analyst(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Run a server with a history, totals, an event and milestones; give the analysts' client."""
    with stocked(tmp_path_factory.mktemp("grafana"), HISTORY) as server:
        with closing(server.connect()) as tally:
            store_totals(tally, HISTORY)
            event = ("w4r-2026", "event-1", "A school", "Kraków", "PL")
            tally.insert("letter_events", [event], column_names=("campaign", "event", "name", "place", "country"))
            tally.insert(
                "milestones",
                [("w4r-2026", "world", "all", 100, *crossing) for crossing in MILESTONES],
                column_names=("campaign", "scope", "member", "milestone", "ordinal", "state", "as_of"),
            )
        with closing(server.connect_analyst()) as analyst:
            yield analyst


MILESTONES = [(1, "reached", AS_OF), (2, "unreached", AS_OF + timedelta(hours=1)), (3, "reached", AS_OF)]


def most_first(rows: list[tuple[Any, ...]], by: int) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: (-row[by], *(part for place, part in enumerate(row) if place != by)))


def members(scope: str) -> list[tuple[Any, ...]]:
    """Return what the world's recount says of each member of a scope."""
    return [(member, *pair) for (of, member), pair in RECOUNT.items() if of == scope]


def letters_by(key: Any, reports: list[LetterReport] = OF_IT) -> list[tuple[Any, Any]]:  # noqa: ANN401 (a function)
    return sorted((one, letters) for one, (letters, _) in sums(reports, key).items())


def minutes() -> list[tuple[Any, ...]]:
    return [(minute.replace(tzinfo=None), letters) for minute, letters in letters_by(minute_of) if FROM <= minute <= TO]


def cases() -> list[tuple[Any, ...]]:
    known = {case.case: case.name for case in CATALOGUE.campaigns["w4r-2026"].cases}
    return most_first([(known[case], letters, 0) for case, letters, _ in members("case")], 1)


def events() -> list[tuple[Any, ...]]:
    known = {"event-1": ("A school", "Kraków")}
    return most_first([(*known.get(event, (event, "")), *pair) for event, *pair in members("event")], 2)


def seasons() -> list[tuple[Any, ...]]:
    before = [report for report in STANDING if report["campaign"] == "w4r-2025"]
    by_day = [dict(letters_by(day_of_campaign, reports)) for reports in (OF_IT, before)]
    return [
        (day, *(sum(letters for on, letters in of.items() if on <= day) for of in by_day))
        for day in sorted({*by_day[0], *by_day[1]})
    ]


def periods() -> list[tuple[Any, ...]]:
    order = ["early", "on the day", "after", "late"]
    return sorted(letters_by(period_of), key=lambda row: order.index(row[0]))


def days() -> list[tuple[Any, ...]]:
    return letters_by(lambda one: str(at(one["received_at"]).astimezone(ZoneInfo(ZONE)).date()))


def hours() -> list[tuple[Any, ...]]:
    return letters_by(
        lambda one: f"{at(one['written_at']).astimezone(ZoneInfo(ZONE)):%H}" if one["written_at"] else "not said"
    )


def sources() -> list[tuple[Any, ...]]:
    told = sums(OF_IT, lambda one: (one["channel"], one["source"], one["kind"]))
    return most_first([(*one, *pair) for one, pair in told.items()], 3)


DAY, ANALYSTS = "campaign-day.json", "analysts.json"
RECOUNTS = {
    (DAY, "Letters"): lambda: [(WORLD[0],)],
    (DAY, "Reports"): lambda: [(WORLD[1],)],
    (DAY, "Of the goal"): lambda: [(WORLD[0] / 1000,)],
    (DAY, "As of"): lambda: [(int(AS_OF.timestamp() * 1000),)],
    (DAY, "Letters by minute of arrival"): minutes,
    (DAY, "Cases"): cases,
    (DAY, "Countries"): lambda: most_first(members("country"), 1),
    (DAY, "Events"): events,
    (DAY, "Milestones"): lambda: [(AS_OF.replace(tzinfo=None), "world", "all", 100, "reached")],
    (ANALYSTS, "Letters"): lambda: [(WORLD[0],)],
    (ANALYSTS, "Reports"): lambda: [(WORLD[1],)],
    (ANALYSTS, "Known participants"): lambda: [(len({one["participant"] for one in OF_IT} - {None}),)],
    (ANALYSTS, "Letters by day of the campaign, and a year earlier"): seasons,
    (ANALYSTS, "Early, on the day, after, late"): periods,
    (ANALYSTS, "Letters by day of arrival"): days,
    (ANALYSTS, "When people write: letters by hour of the day"): hours,
    (ANALYSTS, "Countries and cases"): lambda: [
        (*key, letters) for key, letters in letters_by(lambda one: (one["country"], one["case"]))
    ],
    (ANALYSTS, "Channels and sources"): sources,
}
SAYS_WHEN_IT_WAS_SUMMED = (ANALYSTS, "As of")


def test_the_dashboards_are_what_they_are_made_of() -> None:
    """The files in the repository are those that `make dashboards` writes, and no others."""
    assert {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()} == dashboards()


def test_every_query_is_recounted() -> None:
    """No panel asks ClickHouse something that is not recounted here."""
    assert SQL.keys() == {*RECOUNTS, SAYS_WHEN_IT_WAS_SUMMED}


@pytest.mark.parametrize("panel", RECOUNTS, ids=": ".join)
def test_a_panel_is_a_plain_recount(analyst: Client, panel: tuple[str, str]) -> None:
    """What a panel shows of a history with duplicates, corrections and withdrawals is what stands, no more."""
    recounted = RECOUNTS[panel]()
    assert recounted
    assert [tuple(map(_utc, row)) for row in analyst.query(asked(SQL[panel])).result_rows] == recounted


def _utc(value: object) -> object:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value


def test_sums_say_when_they_were_made(analyst: Client) -> None:
    """The moment beside the analysts' numbers is that of the sums."""
    ((moment,),) = analyst.query(asked(SQL[SAYS_WHEN_IT_WAS_SUMMED])).result_rows
    assert [(moment,)] == analyst.query("SELECT DISTINCT toUnixTimestamp64Milli(as_of) FROM periods").result_rows


@pytest.mark.parametrize("name", [DAY, ANALYSTS])
def test_the_newest_campaign_is_offered_first(analyst: Client, name: str) -> None:
    """The choice of campaigns is read from ClickHouse too."""
    choice = next(one for one in DASHBOARDS[name]["templating"]["list"] if one["name"] == "campaign")
    assert analyst.query(choice["query"]).result_rows == [("w4r-2026",), ("w4r-2025",)]


def test_operations_name_only_what_parts_serve(tmp_path: Path) -> None:
    """Each expression names metrics of schemas/metrics.py and labels that they have, and Prometheus can parse it."""
    check_expressions(PROMQL, tmp_path)


def test_panels_have_a_place_of_their_own_and_a_source_that_is_provisioned() -> None:
    """Panels lie within 24 columns, none on another, and ask a data source of the provisioned ones."""
    (file,) = (FOLDER.parent / "provisioning" / "datasources").iterdir()
    sources = {(one["type"], one["uid"]) for one in yaml.safe_load(file.read_text())["datasources"]}
    for one in DASHBOARDS.values():
        places = [panel["gridPos"] for panel in one["panels"]]
        cells = [(x, y) for at in places for x in span(at["x"], at["w"]) for y in span(at["y"], at["h"])]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24
        assert len({panel["id"] for panel in one["panels"]}) == len(one["panels"])
        asking = [panel["datasource"] for panel in one["panels"]]
        assert {(source["type"], source["uid"]) for source in asking} <= sources


def span(begin: int, length: int) -> range:
    return range(begin, begin + length)


def test_grafana_asks_as_the_analyst_and_within_its_limits() -> None:
    """The data source is that of the limited user; address and password come from Grafana's own surroundings."""
    (file,) = (FOLDER.parent / "provisioning" / "datasources").iterdir()
    source = yaml.safe_load(file.read_text())["datasources"][0]
    settings = source["jsonData"]
    assert settings["username"] == USER
    assert int(settings["queryTimeout"]) + 5 <= LONGEST_SECONDS
    given = [settings["host"], settings["port"], settings["secure"], source["secureJsonData"]["password"]]
    assert all(re.fullmatch(r"\$TALLY_[A-Z_]+", one) for one in given)
