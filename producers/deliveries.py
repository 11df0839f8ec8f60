"""POST /v1/channels/{source}: prove, read, sort, accept, and only then say yes.

A platform can do nothing about what its users typed: a refusal makes it send the same again and in the end give up.
So what is authentic is answered 200 whatever became of it, and the answer says what did.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Final

from fastapi import Request, Response

from producers.acceptance import Acceptance, NotAcceptedError, TooLargeError
from producers.answers import (
    answer,
    events_not_read_yet,
    hanging_up,
    json_answer,
    no_room,
    refused,
    too_many_requests,
)
from producers.bodies import BodyRefusedError, NoRoomError, body_of
from producers.channels.reading import MOST_BYTES, Delivery
from producers.channels.signatures import Proof, refused_proof
from producers.drafts import Rules
from producers.known_events import EventsUnreadError, KnownEvents
from producers.limited import Limits
from producers.publisher import Outgoing
from producers.records import records_of
from producers.sorting import Sorted, sort
from producers.sources import Configured, source_now
from schemas import metrics
from schemas.catalogue import Campaign
from schemas.operations import log_of
from schemas.wire import Refusal

_log: Final = log_of("producers")


class Deliveries:
    """Takes what platforms send to the address of a configured source."""

    def __init__(
        self,
        sources: Mapping[str, Configured],
        rules: Rules,
        known: KnownEvents,
        acceptance: Acceptance,
        limits: Limits,
    ) -> None:
        self._sources = sources
        self._rules = rules
        self._known = known
        self._acceptance = acceptance
        self._large = asyncio.Semaphore(1)
        self._limits = limits

    async def answer(self, request: Request) -> Response:
        """Answer a delivery: 200 with what became of it, or 401, 404, 408, 413, 429, 503 (nothing takes it).

        What is proven is limited by its source alone: platforms send from few addresses, which others may use too.
        """
        source = request.path_params["source"]
        configured = self._sources.get(source)
        if configured is None:
            return refused(404, Refusal("unknown_source", "source", "expected a configured source"))
        try:
            body = await body_of(request, configured.channel.most_bytes, source)
        except NoRoomError:
            return no_room()
        except BodyRefusedError as error:
            return hanging_up(refused(error.status, error.refusal))
        headers = {key.lower(): value for key, value in request.headers.items()}
        unwelcome = self._unwelcome(request, configured, Proof(body, headers, request.query_params.get("key")))
        if unwelcome:
            return unwelcome
        delivery = Delivery(body, headers, time.time_ns() // 1_000_000, self._known.is_read, self._campaign(configured))
        is_large = configured.channel.most_bytes > MOST_BYTES
        try:
            async with self._large if is_large else nullcontext():  # what may take much memory, one at a time
                done, records = await asyncio.to_thread(self._read, delivery, configured)
        except EventsUnreadError:
            return events_not_read_yet()
        return await self._accept(done, records, configured)

    def _campaign(self, configured: Configured) -> Campaign:
        return self._rules.catalogue.campaigns[configured.source.campaign]

    def _read(self, delivery: Delivery, configured: Configured) -> tuple[Sorted, list[Outgoing]]:
        """Read, judge and encode: much work where much is delivered, for which nobody else waits."""
        readings = configured.channel.read(delivery, source_now(configured, self._known))
        done = sort(readings, delivery.body, configured, self._rules, delivery.received_at)
        return done, records_of(done)

    def _unwelcome(self, request: Request, configured: Configured, proof: Proof) -> Response | None:
        """Return what is answered to a delivery that is not proven, or one too many, without a look at what it says."""
        source = configured.source.source
        refusal = refused_proof(configured.channel.scheme, proof, configured.secrets, time.time())
        if refusal is None:
            wait = self._limits.wait_of_source(source)
            return too_many_requests(wait) if wait else None
        if wait := self._limits.wait_of_address(request.scope):
            return too_many_requests(wait)  # not logged: who guesses secrets can't fill the log
        _log.warning("delivery_not_proven", source=source, reason=refusal.reason)
        return refused(401, refusal)

    async def _accept(self, done: Sorted, records: list[Outgoing], configured: Configured) -> Response:
        try:
            await self._acceptance.accept(records)
        except TooLargeError:
            return refused(413, Refusal("too_large", None, "expected less at once: send it in several deliveries"))
        except NotAcceptedError:
            body = {"title": "Not accepted yet", "detail": "It can't be kept safe now. Send it again."}
            return answer(503, body, {"Retry-After": "2"})
        channel = configured.source.channel
        metrics.ACCEPTED.labels(channel).inc(len(done.letters))
        for rejection in done.rejections:
            metrics.REFUSED.labels("collector", rejection["reason"]).inc()
        for reason, times in done.ignored.items():
            metrics.IGNORED.labels(channel, reason).inc(times)
        for name, times in done.left_out.items():
            metrics.LEFT_OUT.labels(configured.source.source, name).inc(times)
        return json_answer(200, done.told())
