"""Milestones as the counters serve them, with a real broker and over HTTP."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree.ElementTree import fromstring

import kafka
import pytest

from schemas.crossing import Crossing, milestone_key
from schemas.topics import MILESTONES
from schemas.wire import HEADERS, encode
from tests.sinks.counters.conftest import CAMPAIGN, Broker, Counter, running, wait_until
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.test_feeds import crossing_of

ASKED = {"campaign": "w4r-2026"}
TOLD = [crossing_of("world", "all", 10, 1, 12), crossing_of("world", "all", 10, 2, 8)]


def tell(broker: Broker, *crossings: Crossing) -> None:
    with closing(kafka.KafkaProducer(bootstrap_servers=broker.servers, acks="all")) as sender:
        for one in crossings:
            sender.send(MILESTONES.name, encode(one), milestone_key(one), HEADERS, 0).get(timeout=20)


@pytest.fixture
def counter(broker: Broker, campaigns: Path) -> Iterator[Counter]:
    """Run a counter of a campaign with milestones, of which two crossings were told."""
    campaigns.write_text(CAMPAIGN.replace("goal = 1000\n", "goal = 1000\nmilestones = [10]\n"))
    broker.open_epoch(1, [0, 0])
    now_ms = time.time_ns() // 1_000_000
    states = states_of([("w4r-2026", "case-1", "FR", 8, 1)])
    broker.write(Emitter(states).emit(1, is_keyframe=True, as_of=now_ms))
    broker.write(Emitter(states_of([]), partition=1).emit(0, is_keyframe=True, as_of=now_ms))
    tell(broker, *TOLD, TOLD[0] | {"letters": 11})
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_ready)
        yield counter


def test_crossings_are_told_newest_first_with_what_comes_next(counter: Counter) -> None:
    """Of a crossing that was told twice the first stands; the next milestone says what is missing, and as of when."""
    answer = counter.web.get("/v1/milestones", params=ASKED)
    said = answer.json()
    assert [(one["state"], one["letters"]) for one in said["crossings"]] == [("unreached", 8), ("reached", 12)]
    assert said["next"] == [
        {"scope": "world", "member": "all", "milestone": 10, "is_goal": False, "letters": 8, "missing": 2}
    ]
    assert (said["is_stale"], said["as_of"][:2]) == (False, "20")
    assert "max-age" in answer.headers["cache-control"]


@pytest.mark.parametrize(("path", "media_type"), [("json", "application/feed+json"), ("atom", "application/atom+xml")])
def test_feeds_are_served_with_a_tag_that_changes_with_what_was_told(
    counter: Counter, broker: Broker, path: str, media_type: str
) -> None:
    """Whoever has the feed hears 304 until there is news; anybody may ask, from any page."""
    first = counter.web.get(f"/v1/milestones.{path}", params=ASKED)
    assert first.headers["content-type"].startswith(media_type)
    assert first.headers["access-control-allow-origin"] == "*"
    has = {"If-None-Match": first.headers["etag"]}
    assert counter.web.get(f"/v1/milestones.{path}", params=ASKED, headers=has).status_code == 304
    tell(broker, crossing_of("case", "case-1", 100))
    wait_until(lambda: counter.web.get(f"/v1/milestones.{path}", params=ASKED, headers=has).status_code == 200)
    assert "Ana Example" in counter.web.get(f"/v1/milestones.{path}", params=ASKED).text


def test_what_cannot_be_told_is_a_problem(counter: Counter) -> None:
    """A campaign that is left out or unknown is named as what is wrong; an Atom feed is well-formed XML."""
    assert counter.web.get("/v1/milestones").json()["reason"] == "missing_field"
    assert counter.web.get("/v1/milestones.atom", params={"campaign": "x"}).json()["reason"] == "unknown_campaign"
    feed = fromstring(counter.web.get("/v1/milestones.atom", params=ASKED).content)  # noqa: S314 (our own)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == len(TOLD)
