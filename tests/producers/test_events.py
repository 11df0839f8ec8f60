"""Events that organisers register: who may, what is told, and that every collector takes reports for them."""

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import permutations
from pathlib import Path

import httpx
import kafka
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.known_events import EventsUnreadError, KnownEvents
from producers.registrations import Registration, read_registrations, register
from schemas.catalogue import load_catalogue
from schemas.event import RegisteredEvent, decode_event, event_key
from schemas.topics import EVENTS
from schemas.wire import HEADERS, encode
from tests.brokers import EmbeddedBroker
from tests.counting import make_producer, open_cluster
from tests.producers.conftest import CAMPAIGN, CollectorProcess, wait_until_ready
from tests.producers.proofs import SECRET, proven
from tests.producers.test_collector import BODY
from tests.producers.test_corrections import counted, reports_on
from tests.stacks import wait_for

CATALOGUE = load_catalogue(CAMPAIGN)
KEY = "a key of the organisers, long enough for it"
HEADERS_OF_ORGANISERS = {"Authorization": f"Bearer {KEY}"}
HALL = {
    "campaign": "w4r-2026",
    "event": "toulouse-hall",
    "name": "Soirée d'écriture",
    "place": "Toulouse, Salle du Sénéchal",
    "country": "FR",
    "date": "2026-12-10",
}

days = st.dates(CATALOGUE.campaigns["w4r-2026"].opens.date(), CATALOGUE.campaigns["w4r-2026"].closes.date())
registrations = st.builds(
    lambda event, name, day, at: {
        **HALL,
        "event": event,
        "name": name,
        "date": day.isoformat(),
        "registered_at": at,
    },
    st.sampled_from(["one", "two"]),
    st.sampled_from("AB"),
    days,
    st.integers(0, 3),
)


@given(st.lists(registrations, max_size=5))
def test_in_whatever_order_they_come_the_same_stand(history: list[RegisteredEvent]) -> None:
    """Any order and any repetition of registrations leaves the same events known; the last one of each stands."""
    outcomes, known = [], KnownEvents(CATALOGUE)
    for order in permutations(history):
        known = KnownEvents(CATALOGUE)
        for event in (*order, *order[:2]):
            known.put(event)
        outcomes.append(sorted(map(encode, known.all_registered())))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    newest = {
        event["event"]: max(e["registered_at"] for e in history if e["event"] == event["event"]) for event in history
    }
    known = KnownEvents(CATALOGUE)
    for event in history:
        known.put(event)
    assert {event["event"]: event["registered_at"] for event in known.all_registered()} == newest


@given(st.lists(st.tuples(st.sampled_from(["one", "two"]), st.sampled_from("AB"), st.integers(0, 9)), max_size=8))
def test_what_is_registered_stands_whatever_the_clocks_say(history: list[tuple[str, str, int]]) -> None:
    """After each registration the event is what was said last, even if that collector's clock is behind."""
    known = KnownEvents(CATALOGUE, is_read=True)
    for event, name, now_ms in history:
        one = Registration.model_validate({**HALL, "event": event, "name": name})
        [done] = register([one], known, now_ms)
        before = known.registered("w4r-2026", event)
        assert done.outcome == (
            "registered" if before is None else "updated" if before["name"] != name else "unchanged"
        )
        known.put(done.event)
        assert known.registered("w4r-2026", event) == done.event
        assert done.event["name"] == name
        assert decode_event(encode(done.event)) == done.event


WRONG = [
    ({"event": "Toulouse Hall"}, "bad_value", "event"),
    ({"event": "none"}, "bad_value", "event"),
    ({"event": "warsaw-marathon"}, "bad_value", "event"),
    ({"name": ""}, "bad_value", "name"),
    ({"name": "two\nlines"}, "bad_value", "name"),
    ({"country": "France"}, "bad_value", "country"),
    ({"country": "XX"}, "bad_value", "country"),
    ({"date": "10.12.2026"}, "bad_value", "date"),
    ({"date": "2062-12-10"}, "bad_value", "date"),
    ({"date": 1_796_860_800}, "bad_value", "date"),
    ({"campaign": "w4r-1999"}, "unknown_campaign", "campaign"),
    ({"plaza": "Toulouse"}, "bad_value", "plaza"),
]


@pytest.mark.parametrize(("change", "reason", "field"), WRONG)
def test_what_is_wrong_is_named_by_row_and_field(change: dict[str, object], reason: str, field: str) -> None:
    """Of three rows the second is wrong, and said to be; a row that repeats another is named too."""
    rows = [HALL, {**HALL, "event": "lyon", **change}, HALL | {"event": "nice"}]
    read, [wrong] = read_registrations(rows, CATALOGUE, KnownEvents(CATALOGUE))
    assert (wrong.row, wrong.refusal.reason, wrong.refusal.field) == (1, reason, field)
    assert [one.event for one in read] == ["toulouse-hall", "nice"]
    for broken in ({name: value for name, value in HALL.items() if name != "place"}, HALL, "no object", None):
        _, [wrong] = read_registrations([HALL, broken], CATALOGUE, KnownEvents(CATALOGUE))
        assert wrong.row == 1


def test_a_name_that_two_events_have_means_neither() -> None:
    """Sheets may call an event by its name where only one has it, and by its slug always."""
    known = KnownEvents(CATALOGUE, is_read=True)
    for event, name in (("one", "Write for Rights"), ("two", "Write for Rights"), ("three", "Letters in the library")):
        known.put({**HALL, "event": event, "name": name, "registered_at": 1})  # type: ignore[typeddict-item]
    slugs = {event: event for event in ("one", "two", "three")}
    assert known.names("w4r-2026") == slugs | {"Letters in the library": "three"}
    assert known.names("w4r-2001") == {}


def test_what_has_not_been_read_is_not_unknown() -> None:
    """Before everything is read, an event that is in no file is neither known nor unknown."""
    known = KnownEvents(CATALOGUE)
    assert known.is_known("w4r-2026", "warsaw-marathon")
    with pytest.raises(EventsUnreadError):
        known.is_known("w4r-2026", "toulouse-hall")
    known.end_reading()
    assert not known.is_known("w4r-2026", "toulouse-hall")


@pytest.fixture
def pair(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[list[CollectorProcess]]:
    """Run two collectors that know the organisers' key and an organiser's sheet."""
    (tmp_path / "sheet.toml").write_text(
        'source = "sheet"\nchannel = "sheet"\ncampaign = "w4r-2026"\nsecret_files = ["secret"]\n'
    )
    (tmp_path / "secret").write_text(SECRET)
    settings = {"TALLY_ORGANISERS_KEY": KEY, "TALLY_SOURCES": str(tmp_path / "sheet.toml")}
    running: list[CollectorProcess] = []
    try:
        for number in range(2):
            folder = tmp_path / str(number)
            folder.mkdir()
            running.append(CollectorProcess(broker.address, campaigns, folder, settings))
        for one in running:
            wait_until_ready(one.client)
        yield running
    finally:
        for one in running:
            one.stop()


def send(client: httpx.Client, events: object) -> httpx.Response:
    return client.post("/v1/events", json=events, headers=HEADERS_OF_ORGANISERS)


def report(client: httpx.Client, event: str = "toulouse-hall") -> httpx.Response:
    return client.post("/v1/reports", json=BODY | {"event": event})


def listed(client: httpx.Client) -> dict[str, dict[str, str]]:
    events = client.get("/v1/events", params={"campaign": "w4r-2026"}).json()["events"]
    return {event["event"]: event for event in events}


def test_an_event_is_registered_and_reports_may_name_it(pair: list[CollectorProcess], broker: EmbeddedBroker) -> None:
    """Refused before, taken by the collector that said yes at once, and by the other within about a second."""
    here, there = (one.client for one in pair)
    assert report(here).json()["reason"] == "unknown_event"
    assert report(here, "warsaw-marathon").status_code == 202
    answer = send(here, HALL)
    assert (answer.status_code, answer.json()["events"][0]["outcome"]) == (200, "registered")
    assert report(here).status_code == 202
    wait_for(lambda: report(there).status_code == 202, 10)
    assert {r["event"] for r in reports_on(broker.address)} == {"warsaw-marathon", "toulouse-hall"}
    assert listed(there)["toulouse-hall"] == {**HALL, "from": "registered"}
    assert listed(there)["warsaw-marathon"]["from"] == "file"


def test_a_later_registration_replaces_and_says_what(pair: list[CollectorProcess], broker: EmbeddedBroker) -> None:
    """Twice the same changes nothing; another date and country are an update that is named as one, also elsewhere."""
    here, there = (one.client for one in pair)
    send(here, [HALL, HALL | {"event": "nice"}])
    assert [e["outcome"] for e in send(here, [HALL]).json()["events"]] == ["unchanged"]
    wait_for(lambda: "toulouse-hall" in listed(there), 10)
    moved = HALL | {"date": "2026-12-12", "country": "ES"}
    told = send(there, [moved]).json()["events"][0]
    assert (told["outcome"], told["changed"]) == ("updated", ["country", "date"])
    wait_for(lambda: listed(here)["toulouse-hall"]["date"] == "2026-12-12", 10)
    with closing(kafka.KafkaConsumer(bootstrap_servers=broker.address, auto_offset_reset="earliest")) as reader:
        only = kafka.TopicPartition(EVENTS.name, 0)
        reader.assign([only])
        reader.seek_to_beginning(only)
        found: list[str] = []
        wait_for(lambda: found.extend(_names(reader)) or len(found) == 3, 10)  # type: ignore[func-returns-value]
    assert found == ["w4r-2026/toulouse-hall", "w4r-2026/nice", "w4r-2026/toulouse-hall"]


def _names(reader: kafka.KafkaConsumer) -> list[str]:
    return [record.key.decode() for records in reader.poll(timeout_ms=500).values() for record in records]


def test_only_organisers_register(
    pair: list[CollectorProcess], broker: EmbeddedBroker, campaigns: Path, tmp_path: Path
) -> None:
    """Without the secret it is 401, a wrong row registers nothing, and where no secret is configured it is 404."""
    client = pair[0].client
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": KEY}):
        answer = client.post("/v1/events", json=HALL, headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (401, "bad_signature")
        assert answer.headers["www-authenticate"] == "Bearer"
    answer = send(client, [HALL, HALL | {"event": "nice", "country": "XX"}])
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["row"], error["field"], error["reason"]) == (422, 1, "country", "bad_value")
    assert error["remedy"]
    for body, status in ((b"[" * 5_000, 400), (b"[]", 422), (b" " * (5 << 20), 413)):
        answer = client.post("/v1/events", content=body, headers=HEADERS_OF_ORGANISERS)
        assert answer.status_code == status
    assert "toulouse-hall" not in listed(client)
    without = CollectorProcess(broker.address, campaigns, tmp_path)
    try:
        wait_until_ready(without.client)
        answer = send(without.client, HALL)
        assert answer.status_code == 404
        assert "TALLY_ORGANISERS_KEY is not set" in answer.json()["detail"]
    finally:
        without.stop()


def test_a_sheet_may_name_a_registered_event(pair: list[CollectorProcess], broker: EmbeddedBroker) -> None:
    """By its slug, and by its name where only one event has that name."""
    client = pair[0].client
    headers, parameters = proven("sheet", b"")
    headers["Content-Type"] = "text/csv"

    def deliver(event: str) -> dict[str, object]:
        body = f"event,country,case,letters\n{event},FR,amara,40\n".encode()
        answer = client.post("/v1/channels/sheet", content=body, headers=headers, params=parameters)
        said: dict[str, object] = answer.json()
        return said

    assert deliver("toulouse-hall")["counted"] == 0
    send(client, HALL)
    assert deliver("toulouse-hall")["counted"] == 1
    assert deliver("Soirée d'écriture")["counted"] == 1
    assert counted(broker.address)["all"] == (40, 1)


def test_a_broker_that_forgot_is_read_again(pair: list[CollectorProcess], broker: EmbeddedBroker) -> None:
    """What was known stays known, and what is registered on the new log, from its first record on, is read too."""
    here, there = (one.client for one in pair)
    send(here, [HALL | {"event": f"hall-{number}"} for number in range(3)])
    wait_for(lambda: "hall-2" in listed(there), 10)
    broker.kill()
    broker.start()
    open_cluster(broker.address)
    with closing(make_producer(broker.address)) as producer:
        for number in range(5):
            event = {**HALL, "event": f"new-{number}", "registered_at": 1}
            key = event_key(event)  # type: ignore[arg-type]  # a registered event
            producer.send(EVENTS.name, key=key, value=json.dumps(event).encode(), headers=HEADERS, partition=0).get(60)
        producer.send(EVENTS.name, key=b"x/y", value=b"no event", headers=HEADERS, partition=0).get(60)
    expected = {f"hall-{number}" for number in range(3)} | {f"new-{number}" for number in range(5)}
    wait_for(lambda: all(expected <= set(listed(client)) for client in (here, there)), 60)
    assert '"event_refused"' in pair[0].log.read_text()
