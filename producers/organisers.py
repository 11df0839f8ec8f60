"""/v1/events: organisers register letter-writing events, and everybody may ask which there are."""

import asyncio
import time
from typing import Final, NamedTuple

import orjson
from fastapi import Request, Response

from producers.acceptance import Acceptance, NotAcceptedError
from producers.answers import answer, events_not_read_yet, hanging_up, json_answer, no_room, problem, refused
from producers.bodies import BodyRefusedError, NoRoomError, body_of
from producers.channels.signatures import Proof, refused_proof
from producers.event_lists import EventLists
from producers.known_events import MOST_EVENTS, KnownEvents
from producers.publisher import Outgoing
from producers.records import event_record
from producers.registrations import MOST_AT_ONCE, Registered, Wrong, read_registrations, register
from schemas import metrics
from schemas.catalogue import Catalogue
from schemas.rejection import REMEDIES
from schemas.wire import Refusal

_MOST_BYTES: Final = 4 << 20
_MOST_NAMED: Final = 100
_CACHED: Final = "public, max-age=5"
"""What one collector registered, the others know about a second later; so a list need not be newer than seconds."""


class _Taken(NamedTuple):
    """What rows register, and the records that say so."""

    done: list[Registered]
    records: list[Outgoing]


class Organisers:
    """Takes registrations; they are known to this collector when it says yes, to the others about a second later.

    Thousands at once are read and noted in a thread: whoever reports meanwhile does not wait for them.
    """

    def __init__(self, catalogue: Catalogue, known: KnownEvents, acceptance: Acceptance, key: str | None) -> None:
        self._catalogue = catalogue
        self._known = known
        self._acceptance = acceptance
        self._key = key
        self._lists = EventLists(known)
        self._reading = asyncio.Semaphore(1)

    async def show(self, request: Request) -> Response:
        """Answer GET /v1/events?campaign=: the events of a campaign, or 304 where the asker has them."""
        campaign = request.query_params.get("campaign")
        if campaign not in self._catalogue.campaigns:
            expected = f"expected one of {', '.join(sorted(self._catalogue.campaigns))}"
            if campaign:
                return problem(404, Refusal("unknown_campaign", "campaign", expected))
            return problem(400, Refusal("missing_field", "campaign", expected))
        if not self._known.is_read:
            return events_not_read_yet()
        edition = await self._lists.of(campaign)
        headers = {"ETag": edition.tag, "Cache-Control": _CACHED}
        asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
        if "*" in asked or edition.tag in asked:
            return Response(None, 304, headers)
        return Response(edition.body, 200, headers, media_type="application/json")

    async def register(self, request: Request) -> Response:
        """Answer POST /v1/events: one event, or a list of them, all or none."""
        if self._key is None:
            off = "Events can't be registered here: TALLY_ORGANISERS_KEY is not set. Ask whoever runs this collector."
            return answer(404, {"title": "Not enabled", "detail": off}, {})
        headers = {name.lower(): value for name, value in request.headers.items()}
        refusal = refused_proof("bearer", Proof(b"", headers, None), (self._key,), time.time())
        if refusal:
            unproven = refused(401, refusal)
            unproven.headers["WWW-Authenticate"] = "Bearer"
            return unproven
        try:
            body = await body_of(request, _MOST_BYTES)
        except NoRoomError:
            return no_room()
        except BodyRefusedError as error:
            return hanging_up(refused(error.status, error.refusal))
        try:
            said = orjson.loads(body)
        except ValueError:
            return refused(400, Refusal("unreadable", None, "expected an event, or a list of events, as JSON"))
        return await self._take(said if isinstance(said, list) else [said])

    async def _take(self, rows: list[object]) -> Response:
        if not self._known.is_read:
            return events_not_read_yet()
        if not rows or len(rows) > MOST_AT_ONCE:
            return refused(422, Refusal("too_large", None, f"expected 1 to {MOST_AT_ONCE} events"))
        async with self._reading:
            taken = await asyncio.to_thread(self._read, rows)
        if not isinstance(taken, _Taken):
            return self._refuse_rows(taken)
        if self._known.count + sum(one.outcome == "registered" for one in taken.done) > MOST_EVENTS:
            return refused(422, Refusal("too_large", None, f"expected at most {MOST_EVENTS} events in all"))
        try:
            await self._acceptance.accept(taken.records)
        except NotAcceptedError:
            body = {
                "title": "Not registered yet",
                "detail": "It can't be kept safe now. Send it again: twice is as once.",
            }
            return answer(503, body, {"Retry-After": "2"})
        told = await asyncio.to_thread(self._know, taken.done)
        return json_answer(200, {"events": told})

    def _read(self, rows: list[object]) -> _Taken | list[Wrong]:
        """Return what rows would register, or what is wrong with them."""
        read, wrong = read_registrations(rows, self._catalogue, self._known)
        if wrong:
            return wrong
        done = register(read, self._known, time.time_ns() // 1_000_000)
        return _Taken(done, [event_record(one.event) for one in done if one.outcome != "unchanged"])

    def _know(self, done: list[Registered]) -> list[dict[str, object]]:
        for one in done:
            self._known.put(one.event)
        return [_told(one) for one in done]

    def _refuse_rows(self, wrong: list[Wrong]) -> Response:
        for _, refusal in wrong:
            metrics.REFUSED.labels("collector", refusal.reason).inc()
        errors = [
            {"row": row, **refusal._asdict(), "remedy": REMEDIES[refusal.reason]}
            for row, refusal in wrong[:_MOST_NAMED]
        ]
        detail = f"{len(wrong)} of the events are refused, so none is registered; rows are counted from 0."
        return answer(422, {"title": "Refused", "detail": detail, "errors": errors}, {})


def _told(one: Registered) -> dict[str, object]:
    event = one.event
    told: dict[str, object] = {"campaign": event["campaign"], "event": event["event"], "outcome": one.outcome}
    return told | ({"changed": one.changed} if one.changed else {})
