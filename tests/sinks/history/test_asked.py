"""What people may ask of the charts, and what they are told where it can't be answered."""

import asyncio
from random import Random
from typing import Final
from zoneinfo import available_timezones

import pytest
from clickhouse_connect.driver.client import Client

from deploy.ports import free_port
from schemas.catalogue import Catalogue
from sinks.history.charts import CHARTS
from tests.sinks.clickhouse.history import CATALOGUE, campaign_of, seasons_history, store_history, sum_anew
from tests.sinks.history.asked import Charts, ReadPage

ADDRESSES: Final = ["/history", *(f"/history/{name}.{kind}" for name in CHARTS for kind in ("csv", "svg"))]
FILES: Final = ADDRESSES[1:]


@pytest.fixture
def stored(tables: Client) -> Client:
    store_history(tables, seasons_history(Random(5), 100))
    return tables


def test_the_newest_campaign_is_shown_where_none_is_asked_for(stored: Client, charts: Charts) -> None:
    """The page is of the campaign that opened last, and leads to all others."""
    text = charts.get("/history").text
    assert "<h1><bdi>Write for Rights 2026</bdi>" in text
    assert "campaign=w4r-2025" in text
    assert "<h1><bdi>Write for Rights 2025</bdi>" in charts.get("/history", campaign="w4r-2025").text
    assert stored


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_unknown_campaign_is_not_there(stored: Client, charts: Charts, address: str) -> None:
    """A campaign that ClickHouse knows nothing of is 404: no zero is said of it."""
    answer = charts.get(address, campaign="w4r-1999'; DROP TABLE letter_reports")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert "no campaign of this name" in answer.text or answer.json()["reason"] == "unknown_campaign"
    assert stored.query("SELECT count() > 0 FROM letter_reports").result_rows == [(1,)]


@pytest.mark.parametrize("zone", ["Europe/Warschau", "../../etc/passwd", "UTC'", "Warsaw" * 1000])
@pytest.mark.parametrize("address", ["/history", "/history/hours.csv", "/history/hours.svg"])
def test_a_zone_that_is_none_is_said(stored: Client, charts: Charts, address: str, zone: str) -> None:
    """A zone that nobody has heard of is 400, with an example of one."""
    answer = charts.get(address, zone=zone)
    assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")
    assert "Europe/Warsaw" in answer.text
    assert stored


def test_clickhouse_knows_every_zone_that_can_be_asked_for(stored: Client) -> None:
    """Whatever zone is let through, ClickHouse has clocks for it."""
    theirs = {row[0] for row in stored.query("SELECT time_zone FROM system.time_zones").result_rows}
    assert available_timezones() - theirs <= {"localtime"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_while_clickhouse_is_away_people_are_told_so(address: str) -> None:
    """Nobody waits for it: 503, kept by nobody, as a page in words or as a problem."""
    answer = Charts(f"http://tally:word@127.0.0.1:{free_port()}/tally").get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
    assert int(answer.headers["retry-after"]) > 0
    if address == "/history":
        assert "Look again in a minute" in answer.text
    else:
        assert answer.json()["reason"] == "history_unavailable"


def test_before_the_first_campaign_the_page_says_so(tables: Client, charts: Charts) -> None:
    """Nothing stored is no fault: the page is there, a chart is not."""
    answer = charts.get("/history")
    assert answer.status_code == 200
    assert "There is no campaign yet" in answer.text
    assert charts.get("/history/places.csv").status_code == 404
    assert tables


def test_a_campaign_without_letters_has_a_page(stored: Client, charts: Charts) -> None:
    """Its charts say that no letters were counted yet, its files have heads only; other campaigns' curves are there."""
    store_history(stored, [], Catalogue(campaigns=CATALOGUE.campaigns | {"w4r-2027": campaign_of(2027)}))
    page = ReadPage(charts.get("/history", campaign="w4r-2027").text)
    assert {name: "No letters were counted yet" in words for name, words in page.words.items()} == {
        name: name != "seasons" for name in CHARTS
    }
    said = charts.get("/history/places.csv", campaign="w4r-2027").text.splitlines()
    assert [line for line in said if not line.startswith("#")] == ["country,case,letters,reports"]
    drawn = charts.get("/history/places.svg", campaign="w4r-2027")
    assert (drawn.status_code, drawn.json()["reason"]) == (404, "no_letters")


def test_a_campaign_that_the_catalogue_has_lost_has_a_page(tables: Client, charts: Charts) -> None:
    """Its letters are shown under its id, on the clocks of UTC."""
    store_history(tables, seasons_history(Random(6), 100), Catalogue(campaigns={}))
    page = ReadPage(charts.get("/history", campaign="w4r-2025").text)
    assert page.values["hours"] == {"campaign": "w4r-2025", "zone": "UTC"}
    assert page.cells("places")
    assert not page.cells("seasons")


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_has_an_answer_is_told_that_it_still_stands(stored: Client, charts: Charts, address: str) -> None:
    """As long as the sums are the same an answer has the same tag, from every process: 304."""
    answer = charts.get(address)
    assert answer.headers["cache-control"].startswith("public, max-age=")
    again = charts.get(address, {"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    store_history(stored, [one | {"letters": 7} for one in seasons_history(Random(8), 200)])  # type: ignore[misc]
    assert charts.get(address, {"If-None-Match": answer.headers["etag"]}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_loaded_from_elsewhere(stored: Client, charts: Charts, address: str) -> None:
    """The page may show its own files and images only; no answer is taken for something else than it says."""
    headers = charts.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    if not address.endswith(".csv"):
        assert "default-src 'none'" in headers["content-security-policy"]
    assert stored


def test_a_page_and_its_drawings_are_of_one_moment(stored: Client, charts: Charts) -> None:
    """Who loads a page gets drawings of the same sums, though newer ones were made meanwhile."""
    page = charts.get("/history")
    address = next(link for link in ReadPage(page.text).links["places"] if ".svg" in link)
    moment = stored.query("SELECT formatDateTime(max(as_of), '%H:%i:%S') FROM letter_sums").result_rows[0][0]

    async def load() -> tuple[str, str]:
        async with charts.client() as client:
            await client.get("/history?zone=UTC")
            await asyncio.to_thread(stored.command, "SELECT sleep(1.1)")
            await asyncio.to_thread(sum_anew, stored)
            charts.now_ms += 10_000
            newest = await client.get("/history/places.csv")
            return (await client.get(f"/{address}&zone=UTC")).text, newest.text

    drawn, newest = asyncio.run(load())
    assert f"{moment} UTC" in drawn
    assert f"T{moment}." not in newest


def test_old_sums_are_said_to_be_old(stored: Client, charts: Charts) -> None:
    """Where sums have not been made anew for minutes the page says so; where they have, not."""
    moment = stored.query("SELECT toUnixTimestamp64Milli(max(as_of)) FROM letter_sums").result_rows[0][0]
    charts.now_ms = moment + 60_000
    assert "not new" not in charts.get("/history").text
    charts.now_ms = moment + 20 * 60_000
    assert "These numbers are not new: they were summed 20 minutes ago" in charts.get("/history").text
