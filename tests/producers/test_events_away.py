"""A collector that starts while Kafka is away, or not restored yet: which events it knows, and says of others."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from deploy.topics import open_topics
from producers.event_snapshot import EventSnapshot
from producers.known_events import EventsUnreadError, KnownEvents
from schemas.environment import Environment
from schemas.event import RegisteredEvent, event_key
from schemas.topics import EVENTS
from schemas.wire import HEADERS, encode
from tests.brokers import EmbeddedBroker
from tests.counting import PARTITIONS, make_producer, open_cluster
from tests.producers.conftest import CollectorProcess, wait_until_ready
from tests.producers.form.forms import Page, followed, opened
from tests.producers.proofs import SECRET, proven
from tests.producers.test_events import CATALOGUE, HALL, KEY, report, send
from tests.stacks import wait_for

FORM = "/form/w4r-2026"
Start = Callable[..., CollectorProcess]


@pytest.fixture
def start(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[Start]:
    """Start a collector on one disk, with an organiser's sheet; again, once the one before has ended."""
    (tmp_path / "sheet.toml").write_text(
        'source = "sheet"\nchannel = "sheet"\ncampaign = "w4r-2026"\nsecret_files = ["secret"]\n'
    )
    (tmp_path / "secret").write_text(SECRET)
    running: list[CollectorProcess] = []

    def run(*, has_kafka: bool = True, **settings: str) -> CollectorProcess:
        told = {"TALLY_ORGANISERS_KEY": KEY, "TALLY_SOURCES": str(tmp_path / "sheet.toml"), **settings}
        running.append(CollectorProcess(broker.address, campaigns, tmp_path, told))
        wait_until_ready(running[-1].client, has_kafka=has_kafka)
        return running[-1]

    yield run
    for one in running:
        if one.process.returncode != -signal.SIGKILL:
            one.stop()


def deliver(client: httpx.Client, *rows: str) -> httpx.Response:
    headers, parameters = proven("sheet", b"")
    headers["Content-Type"] = "text/csv"
    body = "\n".join(("event,country,case,letters", *rows, "")).encode()
    return client.post("/v1/channels/sheet", content=body, headers=headers, params=parameters)


def unread(client: httpx.Client) -> str:
    said: str = client.get("/health/ready").json()["events"]
    return said


def test_what_was_registered_is_known_at_a_start_without_kafka(start: Start, broker: EmbeddedBroker) -> None:
    """Reports, sheets, form and code name it at once; of any other event nobody can tell until the log is read.

    A log that turns out not to have it was another one: then it is unknown, in the file as well.
    """
    before = start()
    assert send(before.client, HALL).status_code == 200
    before.stop()
    broker.kill()
    running = start(has_kafka=False)
    client = running.client
    assert "not been read" in unread(client)
    assert report(client).status_code == 202
    assert deliver(client, "toulouse-hall,FR,amara,40").json()["counted"] == 1
    assert deliver(client, "Soirée d'écriture,FR,amara,41").json()["counted"] == 1
    form = opened(client, f"{FORM}?event=toulouse-hall")
    assert (form.fields["event"], form.fields["country"]) == ("toulouse-hall", "FR")
    assert client.get(f"{FORM}/qr.svg?event=toulouse-hall").status_code == 200
    assert report(client, "nobody-can-tell").status_code == 503
    assert deliver(client, "nobody-can-tell,FR,amara,40").status_code == 503
    assert client.get("/v1/events?campaign=w4r-2026").status_code == 503
    assert send(client, HALL | {"event": "nice"}).status_code == 503
    broker.start()
    open_cluster(broker.address)
    wait_for(lambda: unread(client) == "ok", 60)
    assert report(client).json()["reason"] == "unknown_event"
    running.stop()
    assert (running.log.parent / "outbox" / "events.jsonl").read_bytes() == b""


def test_a_sheet_that_may_name_an_event_is_asked_for_again(start: Start, broker: EmbeddedBroker) -> None:
    """A row without a number takes back what its event said before, so that event too must be known to be one."""
    before = start()
    send(before.client, HALL)
    before.stop()
    broker.kill()
    client = start(has_kafka=False).client
    assert deliver(client, "toulouse-hall,FR,amara,40", "nobody-can-tell,FR,amara,").status_code == 503
    assert deliver(client, "toulouse-hall,FR,amara,40", "warsaw-marathon,PL,amara,").status_code == 200


def test_the_pages_keep_an_event_that_nobody_can_tell_of(start: Start, broker: EmbeddedBroker) -> None:
    """The form keeps it, also when it can't be taken yet; a code is asked for again; what can be no name is unknown."""
    before = start()
    send(before.client, HALL)
    filled = {"letters[amara]": "5"}
    receipt = followed(before.client, opened(before.client, f"{FORM}?event=toulouse-hall").send(before.client, filled))
    before.stop()
    (before.log.parent / "outbox" / "events.jsonl").unlink()
    broker.kill()
    client = start(has_kafka=False).client
    form = opened(client, f"{FORM}?event=toulouse-hall")
    assert form.fields["event"] == "toulouse-hall"
    assert "not known in this campaign" not in form.text
    again = Page(form.send(client, filled | {"country": "FR"}))
    assert (again.answer.status_code, again.fields["event"]) == (503, "toulouse-hall")
    assert opened(client, f"{receipt.answer.url.path}/correct").fields["event"] == "toulouse-hall"
    for page in ("qr", "qr.svg"):
        told = client.get(f"{FORM}/{page}?event=toulouse-hall")
        assert (told.status_code, told.headers["retry-after"]) == (503, "2")
        assert "try again in a moment" in told.text
        assert client.get(f"{FORM}/{page}?event=Toulouse%20Hall").status_code == 404
    assert opened(client, f"{FORM}?event=Toulouse%20Hall").fields["event"] == ""
    assert "not known in this campaign" in opened(client, f"{FORM}?event=none").text


def test_what_waits_in_the_outbox_is_never_unknown(start: Start, broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Killed as soon as it said yes, a collector knows the event from its outbox, before and after a log is read."""
    settings = {"TALLY_OUTBOX_UNTIL": "clickhouse"}
    before = start(**settings)
    assert send(before.client, HALL).status_code == 200
    before.process.send_signal(signal.SIGKILL)
    before.process.wait()
    before.client.close()
    (tmp_path / "outbox" / "events.jsonl").unlink(missing_ok=True)
    broker.kill()
    client = start(has_kafka=False, **settings).client
    assert report(client).status_code == 202
    broker.start()
    open_cluster(broker.address)

    def is_read() -> bool:
        assert report(client).status_code == 202
        return unread(client) == "ok"

    wait_for(is_read, 60)
    assert report(client).status_code == 202


def _restored(address: str, complete_at: Sequence[int] | None) -> None:
    environment = Environment(kafka=address, partitions=PARTITIONS)  # type: ignore[call-arg]
    open_topics(environment, after_epoch=1, is_complete=complete_at is not None, complete_at=complete_at)


def _put(address: str, name: str) -> None:
    event: RegisteredEvent = {**HALL, "event": name, "registered_at": 1}  # type: ignore[typeddict-item]  # its fields
    with closing(make_producer(address)) as producer:
        producer.send(EVENTS.name, key=event_key(event), value=encode(event), headers=HEADERS, partition=0).get(60)


def test_a_log_that_is_being_restored_is_not_read_yet(campaigns: Path, tmp_path: Path) -> None:
    """Until its epoch is complete, an event that is not on the log may still come, and is not called unknown."""
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    running = None
    try:
        _restored(broker.address, None)
        running = CollectorProcess(broker.address, campaigns, tmp_path)
        client = running.client
        wait_until_ready(client, has_kafka=False)
        wait_for(lambda: "a restore has not ended" in unread(client), 30)
        _put(broker.address, "first")
        wait_for(lambda: report(client, "first").status_code == 202, 30)
        assert report(client, "second").status_code == 503
        _put(broker.address, "second")
        _restored(broker.address, [0] * PARTITIONS)
        wait_for(lambda: unread(client) == "ok", 30)
        assert report(client, "second").status_code == 202
        assert report(client, "third").status_code == 422
    finally:
        if running:
            running.stop()
        broker.kill()


def _event(name: str, at: int) -> RegisteredEvent:
    return {**HALL, "event": name, "registered_at": at}  # type: ignore[typeddict-item]  # its fields


def test_what_is_remembered_stands_until_all_is_read() -> None:
    """The later of what is remembered and what is read stands; in the end only what was read does."""
    known = KnownEvents(CATALOGUE)
    known.remember([_event("old", 1), _event("both", 5)])
    known.put(_event("both", 3))
    assert known.is_known("w4r-2026", "old")
    assert known.registered("w4r-2026", "both") == _event("both", 5)
    with pytest.raises(EventsUnreadError):
        known.is_known("w4r-2026", "new")
    known.end_reading()
    known.remember([_event("late", 9)])
    assert known.all_registered() == [_event("both", 3)]
    assert not known.is_known("w4r-2026", "old")


def test_a_file_that_is_damaged_tells_what_it_can(tmp_path: Path) -> None:
    """A line that is no event is passed over; a disk that fails is told of and written to once it is well."""
    known = KnownEvents(CATALOGUE)
    (tmp_path / "events.jsonl").write_bytes(b"\xff\n" + encode(_event("one", 1)) + b'\n{"campaign": "w4r-20')
    snapshot = EventSnapshot(tmp_path, known)
    snapshot.recall([encode(_event("two", 2)), b"torn"])
    assert {event["event"] for event in known.all_registered()} == {"one", "two"}
    known.end_reading()
    (tmp_path / "events.new").mkdir()
    snapshot.keep()
    assert b"one" in (tmp_path / "events.jsonl").read_bytes()
    (tmp_path / "events.new").rmdir()
    snapshot.keep(is_last=True)
    assert (tmp_path / "events.jsonl").read_bytes() == encode(_event("two", 2)) + b"\n"
