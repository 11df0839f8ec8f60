"""The list of a campaign's events over HTTP: made once, told to many; and thousands that are registered at once."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from deploy.ports import free_port
from producers.acceptance import Acceptance
from producers.event_lists import EventLists
from producers.known_events import KnownEvents
from producers.organisers import Organisers
from producers.outbox import Outbox
from producers.publisher import Publisher
from producers.registrations import MOST_AT_ONCE
from schemas.catalogue import Event
from schemas.event import RegisteredEvent
from tests.brokers import EmbeddedBroker
from tests.producers.conftest import collecting
from tests.producers.test_events import CATALOGUE, HALL, HEADERS_OF_ORGANISERS, KEY, send

LIST = "/v1/events?campaign=w4r-2026"


@pytest.fixture
def client(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    """Run a collector behind a proxy, where an address may ask ten times a minute."""
    settings = {"TALLY_ORGANISERS_KEY": KEY, "TALLY_TRUSTED_PROXIES": "127.0.0.1", "TALLY_ADDRESS_PER_MINUTE": "10"}
    with collecting(broker.address, campaigns, tmp_path, settings) as running:
        yield running.client


def test_a_list_is_of_one_campaign_and_told_once(client: httpx.Client) -> None:
    """Without a campaign it is 400 that names the field; who has the list hears 304 until an event of it changes."""
    for query in ("", "?campaign=", "?event=toulouse-hall"):
        answer = client.get(f"/v1/events{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, "campaign")
        assert "w4r-2026" in answer.json()["detail"]
    answer = client.get("/v1/events?campaign=w4r-1999")
    assert (answer.status_code, answer.json()["reason"]) == (404, "unknown_campaign")
    first = client.get(LIST)
    assert {event["campaign"] for event in first.json()["events"]} == {"w4r-2026"}
    assert first.headers["cache-control"] == "public, max-age=5"
    for tag in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = client.get(LIST, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert send(client, HALL | {"campaign": "w4r-2099", "date": "2099-12-10"}).status_code == 200
    assert client.get(LIST, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert send(client, HALL).status_code == 200
    newer = client.get(LIST, headers={"If-None-Match": first.headers["etag"]})
    assert newer.status_code == 200
    assert newer.headers["etag"] != first.headers["etag"]
    assert newer.json()["events"] == [*first.json()["events"], {**HALL, "from": "registered"}]


def test_who_asks_too_often_waits_alone(client: httpx.Client) -> None:
    """The eleventh question of a minute from one address is 429 with when to come again; others ask on."""
    floods, asks = ({"X-Forwarded-For": address} for address in ("8.8.8.8", "1.1.1.1"))
    assert {client.get(LIST, headers=floods).status_code for _ in range(10)} == {200}
    refused = client.get(LIST, headers=floods)
    assert (refused.status_code, refused.json()["reason"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 6
    assert client.get(LIST, headers=asks).status_code == 200
    assert client.get("/form", headers=floods).status_code == 200


def _event(name: str, campaign: str = "w4r-2026") -> RegisteredEvent:
    return {**HALL, "campaign": campaign, "event": name, "registered_at": 1}  # type: ignore[typeddict-item]  # its fields


def test_a_list_is_made_anew_only_when_it_changed() -> None:
    """The same bytes are told to all; another campaign's event, or the same again, changes nothing about them."""

    async def ask() -> None:
        known, other = KnownEvents(CATALOGUE, is_read=True), KnownEvents(CATALOGUE, is_read=True)
        lists = EventLists(known)
        known.put(_event("b"))
        first, *others = await asyncio.gather(*(lists.of("w4r-2026") for _ in range(9)))
        known.put(_event("b"))
        known.put(_event("a", "w4r-1999"))
        assert all(one is first for one in (*others, await lists.of("w4r-2026")))
        known.put(_event("a"))
        newer = await lists.of("w4r-2026")
        assert newer.tag != first.tag
        for name in "ab":
            other.put(_event(name))
        assert (await EventLists(other).of("w4r-2026"))[1:] == newer[1:]

    asyncio.run(ask())


class Watched(KnownEvents):
    """Notes which threads ask and tell it."""

    def __init__(self) -> None:
        super().__init__(CATALOGUE, is_read=True)
        self.threads: set[int] = set()

    def of_file(self, campaign: str, event: str) -> Event | None:
        self.threads.add(threading.get_ident())
        return super().of_file(campaign, event)

    def put(self, event: RegisteredEvent) -> None:
        self.threads.add(threading.get_ident())
        super().put(event)


def test_thousands_are_read_beside_what_others_report(tmp_path: Path) -> None:
    """As many as may be registered at once are read, judged and noted in another thread than the one that answers."""

    async def register() -> None:
        known, outbox = Watched(), Outbox(tmp_path, 1 << 30, 0)
        acceptance = Acceptance(Publisher(f"127.0.0.1:{free_port()}", 8), outbox, through_outbox=True)
        app = FastAPI()
        app.add_route("/v1/events", Organisers(CATALOGUE, known, acceptance, KEY).register, methods=["POST"])
        events = [HALL | {"event": f"hall-{number}"} for number in range(MOST_AT_ONCE)]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            for outcome in ("registered", "unchanged"):
                answer = await client.post("/v1/events", json=events, headers=HEADERS_OF_ORGANISERS)
                assert {event["outcome"] for event in answer.json()["events"]} == {outcome}
        assert (known.count, outbox.count) == (MOST_AT_ONCE, MOST_AT_ONCE)
        assert threading.get_ident() not in known.threads
        await outbox.close()

    asyncio.run(register())
