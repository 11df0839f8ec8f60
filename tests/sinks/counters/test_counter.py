"""The counter as a process, with a real broker and over HTTP."""

import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from schemas.tally import SCOPES
from tests.operator import asked, metrics_at
from tests.sinks.counters.conftest import Broker, Counter, running, wait_until
from tests.sinks.counters.emitter import Emitter, states_of

LEFT = states_of([("w4r-2026", "case-1", "FR", 5, 1), ("w4r-2026", "case-2", "PL", 2000, 1)])
RIGHT = states_of([("w4r-2026", "case-1", "MX", 3, 1), ("w4r-2026", "case-9", "MX", 4, 1)])
ASKED = {"campaign": "w4r-2026"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def counter(broker: Broker, campaigns: Path) -> Iterator[Counter]:
    """Run a counter that shows one letter report in each partition."""
    broker.open_epoch(1, [0, 0])
    broker.write(Emitter(LEFT).emit(1, is_keyframe=True, as_of=now_ms()))
    broker.write(Emitter(RIGHT, partition=1).emit(1, is_keyframe=True, as_of=now_ms()))
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_ready)
        yield counter


def letters(said: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(total["scope"], total["member"]): total["letters"] for total in said["totals"]}


def events_of(counter: Counter) -> Iterator[tuple[str, dict[str, Any]]]:
    with counter.web.stream("GET", "/v1/live", params=ASKED) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        name = ""
        for line in stream.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, orjson.loads(value)


def test_totals_are_summed_over_partitions_and_say_of_when(counter: Counter) -> None:
    """The JSON carries every total, the epoch, the versions and how old it is."""
    said = counter.web.get("/v1/tallies", params=ASKED).json()
    totals = letters(said)
    assert totals["world", "all"] == 8
    assert totals["case", "case-1"] == 8
    assert totals["case-country", "case-1:MX"] == 3
    assert (said["epoch"], said["versions"], said["is_stale"]) == (1, {"0": 1, "1": 1}, False)
    assert said["as_of"].endswith("Z")
    assert 0 <= said["age_seconds"] < 90


def test_an_answer_that_is_known_is_not_sent_again(counter: Counter) -> None:
    """The ETag of a state gives 304 until something changes; anybody may keep the answer for a second."""
    first = counter.web.get("/v1/tallies", params=ASKED)
    again = counter.web.get("/v1/tallies", params=ASKED, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=1, stale-while-revalidate=5, stale-if-error=60"
    assert first.headers["access-control-allow-origin"] == "*"


def test_one_total_can_be_asked_for(counter: Counter) -> None:
    """A member with letters has its number, one without has zero, one that does not exist is a 404."""
    ask = counter.web.get
    assert ask("/v1/tallies/case/case-1", params=ASKED).json()["letters"] == 8
    for place in ("case/case-3", "country/TR", "kind/card", "case-country/case-3:FR"):
        answer = ask(f"/v1/tallies/{place}", params=ASKED)
        assert (answer.status_code, answer.json()["letters"]) == (200, 0)
    for place in ("case/case-x", "country/XX", "kind/pigeon", "event/x", "channel/x", "world/x", "planet/all"):
        answer = ask(f"/v1/tallies/{place}", params=ASKED)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["reason"].startswith("unknown_")
        assert answer.json()["remedy"]


def test_questions_that_cannot_be_answered_say_why(counter: Counter) -> None:
    """A missing or unknown campaign names the field, the reason and the remedy."""
    for path in ("/v1/tallies", "/v1/live"):
        missing = counter.web.get(path)
        assert (missing.status_code, missing.json()["field"]) == (400, "campaign")
        unknown = counter.web.get(path, params={"campaign": "nope"})
        assert (unknown.status_code, unknown.json()["reason"]) == (404, "unknown_campaign")
    assert counter.web.get("/nowhere").headers["content-type"] == "application/problem+json"


def test_watchers_get_a_snapshot_and_then_what_changed(counter: Counter, broker: Broker) -> None:
    """Applied to the snapshot, every event leaves totals in which each scope sums to the world."""
    events = events_of(counter)
    name, said = next(events)
    assert name == "snapshot"
    state = letters(said)
    assert state["world", "all"] == 8
    emitter = Emitter(LEFT, version=1)
    broker.write(emitter.emit(2, as_of=now_ms()))
    broker.write(Emitter(RIGHT, partition=1, version=1).emit(2, as_of=now_ms()))
    while state["world", "all"] != 2012:
        name, said = next(events)
        if name == "rates":  # which come in between, once a second
            continue
        assert name == "totals"
        state |= letters(said)
        for scope in SCOPES:
            assert sum(n for (of, _), n in state.items() if of == scope) == state["world", "all"]
    assert state == letters(counter.web.get("/v1/tallies", params=ASKED).json())
    events.close()  # type: ignore[attr-defined]  # a generator


def test_the_page_says_its_numbers_without_script(counter: Counter) -> None:
    """Title, world total and cases stand in the HTML, escaped, and nothing is loaded from elsewhere."""
    page = counter.web.get("/")
    assert page.status_code == 200
    assert "Write for &lt;Rights&gt; 2026" in page.text
    assert re.search(r'id="world"[^>]*><data [^>]*>8</data>', page.text)
    assert "Ana Example" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.text.replace("http-equiv", "")
    for name in ("counter.js", "counter.css", "icon.svg", "world.svg"):
        address = re.search(rf"page/{name}\?v=\w+", page.text)
        assert address is not None
        assert "immutable" in counter.web.get(f"/{address[0]}").headers["cache-control"]
        assert "max-age=1," in counter.web.get(f"/page/{name}").headers["cache-control"]


def test_the_page_speaks_the_readers_language(counter: Counter) -> None:
    """By what the browser accepts, else by what its address says; caches are told that it depends on that."""
    spanish = counter.web.get("/", headers={"Accept-Language": "es-MX"})
    assert (spanish.headers["content-language"], spanish.headers["vary"]) == ("es", "Accept-Language")
    assert "Cartas escritas en todo el mundo" in spanish.text
    polish = counter.web.get("/", params={"lang": "pl"}, headers={"Accept-Language": "es-MX"})
    assert polish.headers["content-language"] == "pl"


def test_metrics_are_on_the_same_port(counter: Counter) -> None:
    """Prometheus finds how many frames were shown."""
    assert "tally_frames_shown_total" in counter.web.get("/metrics").text


def test_the_way_from_arrival_to_shown_is_measured_once(counter: Counter, broker: Broker) -> None:
    """What was there before the counter started is not measured, a frame with news once, its repetition not again."""
    count, total = (f'tally_end_to_end_seconds_{what}{{to="shown"}}' for what in ("count", "sum"))
    frames = "tally_frames_shown_total"
    assert metrics_at(counter.port).get(count, 0) == 0
    emitter = Emitter(LEFT, version=1)
    broker.write(emitter.emit(2, as_of=now_ms(), oldest_received_at=now_ms() - 3_000))
    wait_until(lambda: metrics_at(counter.port).get(count) == 1)
    assert 3 <= metrics_at(counter.port)[total] < 30
    shown = metrics_at(counter.port)[frames]
    broker.write(emitter.emit(2, as_of=now_ms(), oldest_received_at=now_ms() - 3_000))
    wait_until(lambda: metrics_at(counter.port)[frames] > shown)
    assert metrics_at(counter.port)[count] == 1


def test_a_counter_that_kafka_is_lost_to_is_alive_and_not_ready(counter: Counter, broker: Broker) -> None:
    """Half a minute after Kafka's end a counter says so, and still answers with its numbers and their age."""
    broker.stop()
    wait_until(lambda: asked(counter.port, "ready")[0] == 503, 60)
    assert "Kafka has not answered" in asked(counter.port, "ready")[1]
    assert asked(counter.port, "live")[0] == 200
    assert letters(counter.web.get("/v1/tallies", params=ASKED).json())["world", "all"] == 8


def test_a_counter_stops_within_three_seconds_although_it_is_watched(counter: Counter) -> None:
    """SIGTERM ends open streams; the exit status is 0 and nothing was printed."""
    with httpx.stream("GET", f"http://127.0.0.1:{counter.port}/v1/live", params=ASKED, timeout=10) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("id: 1.")
        rest = threading.Thread(target=list, args=(lines,))
        rest.start()
        began = time.monotonic()
        status, printed, logged = counter.stop()
        rest.join(5)
    assert (status, printed) == (0, "")
    assert time.monotonic() - began < 3
    assert "Traceback" not in logged


def test_a_counter_survives_an_emptied_broker(counter: Counter, broker: Broker) -> None:
    """It keeps its numbers while the broker is away, and shows the new epoch once that is complete."""
    broker.stop()
    assert letters(counter.web.get("/v1/tallies", params=ASKED).json())["world", "all"] == 8
    # The embedded broker makes a topic, with partitions of its own choice, for whoever asks about it first.
    counter.process.send_signal(signal.SIGSTOP)
    broker.start()
    broker.open_epoch(2, [2, 1])
    counter.process.send_signal(signal.SIGCONT)
    broker.write(Emitter(LEFT, epoch=2).emit(2, as_of=now_ms()))
    broker.write(Emitter(RIGHT, partition=1, epoch=2).emit(1, as_of=now_ms()))
    wait_until(lambda: counter.web.get("/v1/tallies", params=ASKED).json()["epoch"] == 2, 40)
    assert letters(counter.web.get("/v1/tallies", params=ASKED).json())["world", "all"] == 2008
    assert counter.is_ready()


def test_half_a_count_is_not_shown(broker: Broker, campaigns: Path) -> None:
    """While one partition has no frame the answer is 503 and when to ask again, and the page says it in words."""
    broker.open_epoch(1, [0, 0])
    broker.write(Emitter(LEFT).emit(1))
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_up)
        answer = counter.web.get("/v1/tallies", params=ASKED)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["reason"] == "catching_up"
        page = counter.web.get("/")
        assert (page.status_code, "not complete yet" in page.text) == (503, True)
        broker.write(Emitter(RIGHT, partition=1).emit(1))
        wait_until(counter.is_ready)


def test_a_cluster_that_is_not_as_it_must_be_stops_the_counter(broker: Broker, campaigns: Path) -> None:
    """Without topics the process ends with status 1 and a sentence that says what to do."""
    with running(broker.servers, campaigns) as counter:
        _, logged = counter.process.communicate(timeout=60)
    assert counter.process.returncode == 1
    assert "tally topics create" in logged
