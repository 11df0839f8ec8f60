"""When letters came, over HTTP, from a real broker."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import TypeAdapter

from sinks.counters.edition import OneTotal, Statement
from sinks.counters.history import Series, WindowSums
from sinks.counters.milestones import MilestonesTold
from sinks.counters.rates import Moved, PlacePace, Ranking, Rates
from tests.sinks.counters.conftest import Broker, Counter, running, wait_until
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.test_counter import ASKED, events_of, now_ms
from tests.sinks.counters.test_minutes import emitted

STATES = states_of([("w4r-2026", "case-1", "FR", 5, 1), ("w4r-2026", "case-2", "PL", 7, 1)])


@pytest.fixture
def counter(broker: Broker, campaigns: Path) -> Iterator[Counter]:
    """Run a counter that knows of 5 letters from France half an hour ago, and of 7 from Poland in the last minute."""
    broker.open_epoch(1, [0, 0])
    now = now_ms()
    history = [(now // 60_000 - 30, "case-1", "FR", 5), (now // 60_000 - 1, "case-2", "PL", 7)]
    broker.write_minutes(emitted(history, 0, random.Random(1)))
    broker.write(Emitter(STATES).emit(2, is_keyframe=True, as_of=now))
    broker.write(Emitter(states_of([]), partition=1).emit(0, is_keyframe=True, as_of=now))
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_ready)
        wait_until(lambda: counter.web.get("/v1/rates", params=ASKED).is_success)
        yield counter


def surely_remembered(counter: Counter) -> str:
    """Return a moment that is remembered even if a minute turns now, and the earliest is forgotten."""
    first: str = counter.web.get("/v1/history", params=ASKED).json()["remembered_from"]
    return (datetime.fromisoformat(first) + timedelta(minutes=1)).isoformat()


def test_what_is_told_of_when(counter: Counter) -> None:
    """Rates, ranking, series and window say the same letters, each as of the frame that is shown."""
    ask = counter.web.get
    rates = ask("/v1/rates", params=ASKED).json()
    assert (rates["last_hour"], rates["previous_hour"]) == (12, 0)
    assert [one["country"] for one in rates["latest"]] == ["PL", "FR"]
    assert rates["as_of"] == ask("/v1/tallies", params=ASKED).json()["as_of"]
    by_hour: list[Moved] = ask("/v1/top", params={**ASKED, "by": "hour", "limit": 1}).json()["members"]
    assert by_hour == [{"member": "PL", "letters": 7}]
    by_total = ask("/v1/top", params={**ASKED, "scope": "case"}).json()["members"]
    assert by_total == [{"member": "case-2", "letters": 7}, {"member": "case-1", "letters": 5}]
    series = ask("/v1/history", params={**ASKED, "by": "minute", "scope": "country", "member": "FR"}).json()
    assert [letters for _, letters in series["points"] if letters] == [5]
    window = ask("/v1/window", params={**ASKED, "from": surely_remembered(counter), "to": "2099-01-01"}).json()
    assert [one["letters"] for one in window["totals"]] == [12, 5, 7, 5, 7]
    assert not window["is_over"]
    named = ask("/v1/window", params={**ASKED, "window": "human-rights-day"}).json()
    assert (named["from"], named["to"]) == ("2026-12-09T10:00:00.000Z", "2026-12-11T12:00:00.000Z")


def test_what_is_known_is_not_sent_again(counter: Counter) -> None:
    """An answer's tag gives 304 as long as nothing has changed."""

    def is_asked_of_one_state(path: str) -> bool:
        first = counter.web.get(path, params=ASKED)
        again = counter.web.get(path, params=ASKED, headers={"If-None-Match": first.headers["etag"]})
        after = counter.web.get(path, params=ASKED)
        if after.json() | {"age_seconds": 0} != first.json() | {"age_seconds": 0}:
            return False  # a minute has turned, and the earliest is remembered no more
        assert (first.status_code, again.status_code) == (200, 304)
        return True

    for path in ("/v1/rates", "/v1/rates/country/FR", "/v1/top", "/v1/history"):
        wait_until(partial(is_asked_of_one_state, path))


TOLD: dict[str, tuple[Any, dict[str, str]]] = {
    "/v1/tallies": (Statement, {}),
    "/v1/tallies/{scope}/{member}": (OneTotal, {}),
    "/v1/milestones": (MilestonesTold, {}),
    "/v1/rates": (Rates, {}),
    "/v1/rates/{scope}/{member}": (PlacePace, {}),
    "/v1/top": (Ranking, {}),
    "/v1/history": (Series, {}),
    "/v1/window": (WindowSums, {"from": "2026-12-10", "to": "2099-12-10"}),
}


def test_what_is_told_is_what_is_documented(counter: Counter) -> None:
    """OpenAPI describes every address of the interface, and each answers with exactly the fields that it says."""
    documented = counter.web.get("/openapi.json").json()["paths"]
    streams_and_feeds = {"/v1/live", "/v1/milestones.json", "/v1/milestones.atom"}
    embeds = {"/badge/{scope}/{member}.svg", "/badge/{scope}/{member}.png", "/embed/{scope}/{member}.json", "/oembed"}
    assert set(documented) == {*TOLD, *streams_and_feeds, *embeds}
    since = surely_remembered(counter)
    for path, (model, asked) in TOLD.items():
        address = path.format(scope="country", member="FR")
        answer = counter.web.get(address, params=ASKED | asked | ({"from": since} if "from" in asked else {}))
        TypeAdapter(model).validate_python(answer.json())
        assert set(answer.json()) == set(get_type_hints(model)) >= {"as_of", "is_stale", "age_seconds"}, path
        assert documented[path]["get"]["description"]


REFUSED = [
    ("top", {"scope": "planet"}, "scope"),
    ("top", {"by": "century"}, "by"),
    ("top", {"by": "hour", "scope": "event"}, "scope"),
    ("top", {"limit": "0"}, "limit"),
    ("history", {"by": "year"}, "by"),
    ("history", {"zone": "Atlantis/Capital"}, "zone"),
    ("history", {"scope": "case", "member": "nobody"}, "member"),
    ("history", {"scope": "kind", "member": "letter"}, "scope"),
    ("history", {"from": "soon"}, "from"),
    ("window", {"from": "2026-12-10"}, "to"),
    ("window", {"window": "lunch"}, "window"),
    ("window", {"from": "2001-12-10", "to": "2001-12-11"}, "from"),
]


def test_what_cannot_be_told_names_the_parameter(counter: Counter) -> None:
    """A question that has no answer is refused with the parameter and what to use."""
    for path, asked, field in REFUSED:
        answer = counter.web.get(f"/v1/{path}", params=ASKED | asked)
        assert 400 <= answer.status_code < 500, (path, asked)
        assert (answer.json()["field"], bool(answer.json()["remedy"])) == (field, True), (path, asked)


def test_the_stream_tells_rates_too(counter: Counter) -> None:
    """Who watches hears the snapshot and, with it, how fast letters come."""
    events = events_of(counter)
    assert next(events)[0] == "snapshot"
    name, said = next(events)
    assert (name, said["last_hour"], said["is_stale"]) == ("rates", 12, False)
