"""The pages of cases, countries and events of a counter that runs, over HTTP."""

import random
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import kafka
import pytest

from schemas.event import RegisteredEvent, event_key
from schemas.topics import EVENTS
from schemas.wire import HEADERS, encode
from sinks.counters.form_link import form_link
from tests.sinks.counters.conftest import Broker, Counter, running, wait_until
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.test_minutes import emitted

LEFT = states_of([("w4r-2026", "case-1", "FR", 5, 1), ("w4r-2026", "case-2", "PL", 2000, 1)])
RIGHT = states_of([("w4r-2026", "case-1", "MX", 3, 1)])
ASKED = {"campaign": "w4r-2026"}
NIGHT: RegisteredEvent = {
    "campaign": "w4r-2026",
    "event": "night",
    "name": "A night of letters",
    "place": "Łódź",
    "country": "PL",
    "date": "2026-12-10",
    "registered_at": 7,
}
LINK_OF_EVENT = "https://letters.example.org/form/w4r-2026?event=night"
PATHS = ("/case/case-1", "/case/case-1/sheet", "/country/FR", "/event/night", "/event/night/board")


def register(broker: Broker, event: RegisteredEvent) -> None:
    with closing(kafka.KafkaProducer(bootstrap_servers=broker.servers, acks="all")) as sender:
        sender.send(EVENTS.name, encode(event), event_key(event), HEADERS, partition=0).get(timeout=20)


def write(broker: Broker) -> None:
    """Open the cluster with letters in both partitions, one of them a minute ago, and an event."""
    now_ms = time.time_ns() // 1_000_000
    broker.open_epoch(1, [0, 0])
    register(broker, NIGHT)
    broker.write(Emitter(LEFT).emit(2, is_keyframe=True, as_of=now_ms))
    broker.write(Emitter(RIGHT, partition=1).emit(1, is_keyframe=True, as_of=now_ms))


@pytest.fixture
def counter(broker: Broker, campaigns: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    """Run a counter that knows where the form is."""
    monkeypatch.setenv("TALLY_FORM_URL", "https://letters.example.org/form")
    write(broker)
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_ready)
        yield counter


def test_every_place_has_a_page(counter: Counter) -> None:
    """Each is HTML in the reader's language that caches may keep as long as the first page, with what it links to."""
    first = counter.web.get("/", params=ASKED)
    for path in PATHS:
        page = counter.web.get(path, params=ASKED, headers={"Accept-Language": "pl"})
        assert (page.status_code, page.headers["content-language"]) == (200, "pl"), path
        for header in ("cache-control", "content-security-policy", "vary", "content-type"):
            assert page.headers[header] == first.headers[header], (path, header)
        assert '<html lang="pl"' in page.text
        assert "noindex" not in page.text
        linked = {str(page.request.url.join(one)) for one in re.findall(r'(?:href|src)="([^"#]*)', page.text)}
        ours = {one for one in linked if one.startswith(str(counter.web.base_url))}
        assert linked - ours <= {"https://letters.example.org/form/w4r-2026", LINK_OF_EVENT}
        for address in ours:
            assert counter.web.get(address).status_code == 200, (path, address)


def test_pages_lead_to_one_another(counter: Counter) -> None:
    """From the first page to cases, countries and events, from a case to its countries, and back."""
    first = counter.web.get("/", params=ASKED)
    for place in ("case/case-1", "country/FR", "event/night"):
        assert f'href="{place}?campaign=w4r-2026"' in first.text
        assert 'href="../?campaign=w4r-2026"' in counter.web.get(f"/{place}", params=ASKED).text
    assert 'href="../country/MX?campaign=w4r-2026"' in counter.web.get("/case/case-1", params=ASKED).text
    assert 'href="../case/case-2?campaign=w4r-2026"' in counter.web.get("/country/FR", params=ASKED).text


def test_only_what_is_known_is_said_on(counter: Counter) -> None:
    """Links repeat a language, an order and a campaign that there are, and nothing else that was asked for."""
    known = {**ASKED, "lang": "pl", "sort": "name"}
    unknown = {"campaign": "x" * 5000, "lang": "y" * 5000, "sort": "z" * 5000}
    for path in ("/", *PATHS, "/window/human-rights-day"):
        assert "campaign=w4r-2026&amp;lang=pl" in counter.web.get(path, params=known).text, path
        for name, value in unknown.items():
            assert value not in counter.web.get(path, params=known | {name: value}).text, (path, name)
    assert "campaign=w4r-2026&amp;lang=pl&amp;sort=name" in counter.web.get("/", params=known).text


def test_a_kept_page_is_for_nobody_who_asked_for_another_campaign(counter: Counter) -> None:
    """Who asks for a campaign that does not exist is not shown the only one, which somebody has just seen."""
    assert [counter.web.get("/", params=asked).status_code for asked in ({}, {"campaign": "nowhere"})] == [200, 404]


def test_the_only_campaign_need_not_be_named(counter: Counter) -> None:
    """As at the first page."""
    assert '<data class="n" value="8">8</data>' in counter.web.get("/case/case-1").text


def test_what_does_not_exist_is_said_in_the_readers_language(counter: Counter) -> None:
    """It is a page with status 404 that nobody keeps or finds; JSON stays a problem."""
    for path in ("/case/case-x", "/case/case-x/sheet", "/country/XX", "/event/x", "/event/x/board"):
        page = counter.web.get(path, params=ASKED, headers={"Accept-Language": "ar"})
        assert (page.status_code, page.headers["cache-control"]) == (404, "no-store"), path
        assert '<html lang="ar" dir="rtl">' in page.text
        assert '<meta name="robots" content="noindex">' in page.text
    for path, first_page in (("/case/case-1", "../?"), ("/", "?")):
        page = counter.web.get(path, params={"campaign": "nowhere"})
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (404, "text/html")
        assert f'href="{first_page}"' in page.text  # without a campaign that does not exist
    answer = counter.web.get("/v1/tallies/case/case-x", params=ASKED)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_event_that_was_registered_is_known_before_its_first_letter(counter: Counter, broker: Broker) -> None:
    """Page and JSON say 0 of it, with its name, place and day; a later registration changes what is said."""
    page = counter.web.get("/event/night", params=ASKED)
    for words in ("A night of letters", "Łódź", "10 December 2026", '<data class="n" value="0">0</data>'):
        assert words in page.text
    assert counter.web.get("/v1/tallies/event/night", params=ASKED).json()["letters"] == 0
    register(broker, {**NIGHT, "name": "Two nights", "registered_at": 8})
    wait_until(lambda: "Two nights" in counter.web.get("/event/night", params=ASKED).text)


def test_the_screen_of_the_room_has_a_code_for_the_form(counter: Counter) -> None:
    """The event's page links to the form with the event filled in; the screen draws that link."""
    assert f'href="{LINK_OF_EVENT}"' in counter.web.get("/event/night", params=ASKED).text
    drawn = form_link("https://letters.example.org/form", "w4r-2026", "night", None)
    assert drawn
    assert drawn.address == LINK_OF_EVENT
    assert str(drawn.code) in counter.web.get("/event/night/board", params=ASKED).text


def test_the_pace_of_one_place_is_told(counter: Counter, broker: Broker) -> None:
    """Today, the last minute and the curve of a case or a country as JSON; of anything else it is a problem."""
    minute = time.time_ns() // 60_000_000_000
    history = [(minute, "case-1", "FR", 5)]
    broker.write_minutes(emitted(history, 0, random.Random(1)))
    wait_until(lambda: counter.web.get("/v1/rates/case/case-1", params=ASKED).is_success)
    said = counter.web.get("/v1/rates/case/case-1", params=ASKED)
    assert said.headers["etag"]
    assert (said.json()["scope"], said.json()["member"]) == ("case", "case-1")

    def today(place: str) -> int:
        return int(counter.web.get(f"/v1/rates/{place}", params=ASKED).json()["today"]["letters"])

    wait_until(lambda: today("case/case-1") == 5)
    assert (today("country/FR"), today("country/JP")) == (5, 0)
    for place, status in (("case/case-x", 404), ("event/night", 400), ("planet/all", 404)):
        answer = counter.web.get(f"/v1/rates/{place}", params=ASKED)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_without_a_form_no_page_speaks_of_one(broker: Broker, campaigns: Path) -> None:
    """Where nobody has said where the form is, there is no link and no code."""
    write(broker)
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_ready)
        for path in PATHS:
            page = counter.web.get(path, params=ASKED).text
            assert "/form/" not in page, path
            assert 'class="code"' not in page, path


def test_half_a_count_is_not_shown(broker: Broker, campaigns: Path) -> None:
    """While one partition has no frame a page says so with 503, and of what is in no file that nobody can tell yet."""
    broker.open_epoch(1, [0, 0])
    broker.write(Emitter(LEFT).emit(1))
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_up)
        known = counter.web.get("/case/case-1", params=ASKED)
        assert (known.status_code, "not complete yet" in known.text) == (503, True)
        unknown = counter.web.get("/event/somewhere", params=ASKED)
        assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "2")
        long = "x" * 5000  # perhaps a campaign that no file has
        for path in ("/", "/case/case-1", "/country/FR"):
            page = counter.web.get(path, params={"campaign": long})
            assert (page.status_code, f"campaign={long}&" in page.text) == (503, False), path
        named = [counter.web.get("/", params={"campaign": name}).text for name in ("one", "other")]
        assert ["<bdi>other</bdi>" in text or ">other<" in text for text in named] == [False, True]
