"""A poller as a process: a site like the UK Parliament's, a real broker, and what the totals come to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from deploy.ports import free_port
from schemas.topics import HELD, LETTERS, REJECTED
from streams.fold import Sums
from tests.brokers import EmbeddedBroker
from tests.counting import Worker, open_cluster, shown_totals
from tests.parts import Part
from tests.producers.petitions_site import PetitionsSite
from tests.producers.test_collector import records

SOURCE = """source = "uk"
channel = "petition-counter"
campaign = "w4r-2026"
most_letters = 1000000000
[poll]
address = "{address}"
contact = "letters@example.org"
every_seconds = 1
[cases]
"700001" = "amara"
"700002" = "ilya"
"""
NEVER: Sums = {("nowhere", "world", "all"): (1, 1)}
"""So that what is shown is read until the time is up."""


@pytest.fixture
def site() -> Iterator[PetitionsSite]:
    site = PetitionsSite()
    site.show("700001", 1068, {"GB": 850, "FR": 12})
    site.show("700002", 100, {"GB": 100})
    yield site
    site.close()


@pytest.fixture
def settings(site: PetitionsSite, broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "uk.toml").write_text(SOURCE.format(address=site.address))
    return {
        "TALLY_KAFKA": broker.address,
        "TALLY_CAMPAIGNS": str(campaigns),
        "TALLY_SOURCES": str(tmp_path / "uk.toml"),
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture
def poller(settings: dict[str, str], tmp_path: Path) -> Iterator[Part]:
    part = Part(tmp_path / "poller", ["producers.poller"], settings)
    part.start()
    yield part
    part.end()


@pytest.fixture
def totals(broker: EmbeddedBroker, tmp_path: Path) -> Iterator[Callable[[int, dict[str, int]], None]]:
    """Return a check that a count worker's totals come to these, by country."""
    worker = Worker(broker.address, tmp_path / "worker")
    worker.start()

    def come_to(world: int, countries: dict[str, int]) -> None:
        enough = {("w4r-2026", "world", "all"): world}
        enough |= {("w4r-2026", "country", country): letters for country, letters in countries.items()}
        shown: Sums = {}
        deadline = time.monotonic() + 60
        while {k: v[0] for k, v in shown.items() if k[1] in {"world", "country"}} != enough:
            assert time.monotonic() < deadline, shown
            shown = shown_totals(broker.address, NEVER, 2)

    yield come_to
    worker.end()


def metric(part: Part, name: str) -> float:
    text = httpx.get(f"http://127.0.0.1:{part.port}/metrics", trust_env=False).text
    return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name)), 0)


def test_the_newest_page_is_what_counts(
    site: PetitionsSite, poller: Part, totals: Callable[[int, dict[str, int]], None]
) -> None:
    """Totals follow a counter that rises, falls, loses a country, also while the poller is down, and finds it again."""
    poller.wait_until("ready")
    totals(1168, {"GB": 950, "FR": 12, "ZZ": 206})
    site.show("700001", 3_000_000, {"GB": 2_900_000, "FR": 50})
    totals(3_000_100, {"GB": 2_900_100, "FR": 50, "ZZ": 99_950})
    site.show("700001", 2_924_831, {"GB": 2_900_000})
    totals(2_924_931, {"GB": 2_900_100, "ZZ": 24_831})
    site.show("700001", 60, {"GB": 50, "PL": 10})
    totals(160, {"GB": 150, "PL": 10})
    poller.end()
    site.show("700001", 60, {"GB": 60})
    poller.start()
    totals(160, {"GB": 160})
    site.show("700001", 61, {"GB": 60, "PL": 1})
    totals(161, {"GB": 160, "PL": 1})


def test_a_site_is_asked_politely(site: PetitionsSite, poller: Part, broker: EmbeddedBroker) -> None:
    """It hears who asks, is asked for changes only, one question at a time, never sooner than agreed or wished."""
    site.wait_until_asked(4)
    of_one = [asked for asked in site.asked if "700001" in asked.path]
    assert {asked.user_agent for asked in site.asked} == {"LetterTally (+letters@example.org)"}
    assert of_one[0].etag is None
    assert len({asked.etag for asked in of_one[1:]} - {None}) == 1
    assert all(later.at - earlier.at >= 1 for earlier, later in pairwise(of_one))
    assert site.most_at_once == 1
    assert metric(poller, 'tally_polls_total{outcome="unchanged",source="uk"}') > 0
    on_kafka = len(records(broker.address, LETTERS.name, 1))
    site.headers["Cache-Control"] = "max-age=3"
    site.wait_until_asked(1)
    began = time.monotonic()
    site.wait_until_asked(1)
    assert time.monotonic() - began > 2.5
    assert len(records(broker.address, LETTERS.name, 1)) == on_kafka


def test_an_ill_site_is_left_alone_and_named(
    site: PetitionsSite, poller: Part, totals: Callable[[int, dict[str, int]], None]
) -> None:
    """Errors, refusals, slow and broken pages change no number, are counted by kind, and the wait grows."""
    poller.wait_until("ready")
    totals(1168, {"GB": 950, "FR": 12, "ZZ": 206})
    other = site.pages["700001"].replace(b"700001", b"700009")
    del site.pages["700002"]
    site.next_answers.extend(
        [
            (429, {"Retry-After": "3"}, b"", 0),
            (500, {}, b"oops", 0),
            (200, {}, b"<html>maintenance</html>", 0),
            (200, {}, b"x" * (3 << 20), 0),
            (200, {}, other, 0),
            (200, {"Content-Length": "500"}, b"cut off", 0),
            (301, {"Location": "/elsewhere"}, b"", 0),
        ]
    )
    deadline = time.monotonic() + 100
    while site.next_answers:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    site.show("700001", 1069, {"GB": 850, "FR": 12})
    site.show("700002", 100, {"GB": 100})
    totals(1169, {"GB": 950, "FR": 12, "ZZ": 207})
    kinds = ("too_many_requests", "failed", "unreadable", "too_large", "other_petition", "no_answer", "unexpected")
    for kind in kinds:
        assert metric(poller, f'tally_polls_total{{outcome="{kind}",source="uk"}}') == 1, kind
    left_alone = [later.at - earlier.at for earlier, later in pairwise(site.asked)]
    assert max(left_alone) > 3
    poller.wait_until("ready")


def test_readiness_names_the_petition_that_fails(site: PetitionsSite, poller: Part) -> None:
    """While a page is not there the poller lives and is not ready, and says which page and why."""
    poller.wait_until("ready")
    del site.pages["700002"]
    site.wait_until_asked(2, "700002")
    while poller.is_well("ready"):
        site.wait_until_asked(1, "700001")
    told = httpx.get(f"http://127.0.0.1:{poller.port}/health/ready", trust_env=False)
    assert told.json() == {"loop": "ok", "kafka": "ok", "uk/700001": "ok", "uk/700002": "the site answers 404"}
    assert poller.is_well("live")
    assert metric(poller, 'tally_last_polled_timestamp_seconds{petition="700002",source="uk"}') > 0


def test_what_kafka_did_not_take_is_said_again(site: PetitionsSite, poller: Part, broker: EmbeddedBroker) -> None:
    """A page that came while Kafka was away is published whole once it is back, though the site says unchanged."""
    poller.wait_until("ready")
    broker.kill()
    site.show("700001", 5, {"GB": 5})
    deadline = time.monotonic() + 60
    while not metric(poller, 'tally_polls_total{outcome="not_published",source="uk"}'):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not poller.is_well("ready")
    broker.start()
    open_cluster(broker.address)
    poller.wait_until("ready")
    said = [record.value for record in records(broker.address, LETTERS.name, 250)]
    assert any(b'"letters":5,' in value and b'"country":"GB"' in value for value in said)


def test_a_broken_country_keeps_its_value_and_is_named(
    site: PetitionsSite, poller: Part, broker: EmbeddedBroker, totals: Callable[[int, dict[str, int]], None]
) -> None:
    """One country that can't be read is refused once, not each time, and the others go on."""
    poller.wait_until("ready")
    totals(1168, {"GB": 950, "FR": 12, "ZZ": 206})
    site.show("700001", 1100, {"GB": 900, "FR": -1})
    totals(1218, {"GB": 1000, "FR": 12, "ZZ": 206})
    site.wait_until_asked(3)
    assert len(records(broker.address, REJECTED.name, 1)) == 1
    assert not poller.is_well("ready")


def test_what_is_above_the_limit_is_held(
    site: PetitionsSite, settings: dict[str, str], broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """A source without most_letters waits for review, which `tally sources check` foretells."""
    source = tmp_path / "uk.toml"
    source.write_text(source.read_text().replace("most_letters = 1000000000\n", ""))
    site.show("700001", 5_000, {"GB": 5_000})
    told = {**os.environ, **settings, "COLUMNS": "200"}
    check = [sys.executable, "-m", "deploy", "sources", "check"]
    said = subprocess.run(check, check=True, capture_output=True, text=True, timeout=60, env=told).stdout
    assert "polls 2 petitions of" in said
    assert "most_letters" in said
    part = Part(tmp_path / "poller", ["producers.poller"], settings)
    part.start()
    try:
        part.wait_until("ready")
        assert b'"review"' in records(broker.address, HELD.name, 1)[0].value
    finally:
        part.end()


def test_it_stops_at_once_also_while_it_waits(site: PetitionsSite, poller: Part) -> None:
    """SIGTERM ends it with status 0 in the middle of a slow page."""
    site.next_answers.append((200, {}, b"{}", 30))
    site.wait_until_asked(1)
    poller.send(signal.SIGTERM)
    assert poller.process is not None
    assert poller.process.wait(20) == 0
    assert b"Traceback" not in poller.log.read_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[poll]", "[unknown]"), b"unknown"),
        (('"700001"', '"amara"'), b"expected the number of a petition"),
        (('contact = "letters@example.org"\n', ""), b"poll.contact"),
        (('channel = "petition-counter"', 'channel = "generic"'), b"can be polled"),
        (("http://", "ftp://"), b"poll.address"),
    ],
)
def test_what_can_not_be_polled_is_said_in_a_sentence(
    settings: dict[str, str], tmp_path: Path, change: tuple[str, str], says: bytes
) -> None:
    """A source that can't be polled stops it with status 1, and the file and what is wrong."""
    source = tmp_path / "uk.toml"
    source.write_text(source.read_text().replace(*change))
    argv = [sys.executable, "-m", "producers.poller"]
    ended = subprocess.run(argv, env={**os.environ, **settings}, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_wrong_topics_and_no_source_stop_it(settings: dict[str, str], tmp_path: Path) -> None:
    """Without anything to poll, or with topics of another count, it ends with status 1 and a sentence."""
    source = tmp_path / "other.toml"
    said = 'source = "other"\nchannel = "generic"\ncampaign = "w4r-2026"\nsecret_files = ["secret"]\n'
    source.write_text(said)
    (tmp_path / "secret").write_text("long enough for a secret")
    for told, says in (({"TALLY_SOURCES": str(source)}, b"[poll]"), ({"TALLY_PARTITIONS": "3"}, b"TALLY_PARTITIONS=8")):
        argv = [sys.executable, "-m", "producers.poller"]
        environment = {**os.environ, **settings, **told}
        ended = subprocess.run(argv, env=environment, capture_output=True, timeout=60, check=False)
        assert (ended.returncode, says in ended.stderr) == (1, True), ended.stderr


def test_it_starts_without_kafka_and_says_so(settings: dict[str, str], tmp_path: Path) -> None:
    """While Kafka is away it lives, is not ready, and says why."""
    part = Part(tmp_path / "away", ["producers.poller"], {**settings, "TALLY_KAFKA": f"127.0.0.1:{free_port()}"})
    part.start()
    try:
        part.wait_until("live")
        assert not part.is_well("ready")
    finally:
        part.end()
