"""The webhook is told what waits for it, one at a time, for as long as this process is the one that tells."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from schemas.catalogue import Campaign
from schemas.crossing import Crossing, Delivery
from schemas.metrics import WEBHOOKS, WEBHOOKS_WAITING
from schemas.operations import log_of
from sinks.milestones.deliveries import Deliveries
from sinks.milestones.message import body_of
from sinks.milestones.webhook import Webhook

_TURN_SECONDS: Final = 0.1
_log = log_of("milestones")


class Delivering:
    """Deliveries under way; without a webhook there are none."""

    def __init__(self, webhook: Webhook | None, campaigns: Mapping[str, Campaign]) -> None:
        self._webhook = webhook
        self._campaigns = campaigns
        self._deliveries = Deliveries()
        self._is_open = False
        self._failure: str | None = None

    def open(self, undelivered: list[Crossing]) -> None:
        """Begin, now that it is known what was delivered before."""
        for crossing in undelivered:
            self.offer(crossing)
        self._is_open = True

    def close(self) -> None:
        """Leave it to whoever has the seat now."""
        self._is_open = False
        self._deliveries = Deliveries()
        WEBHOOKS_WAITING.set(0)

    def offer(self, crossing: Crossing) -> None:
        """Deliver this one as well."""
        if self._webhook is not None:
            self._deliveries.offer(crossing)
            WEBHOOKS_WAITING.set(self._deliveries.waiting)

    def forget(self, crossing_id: str) -> None:
        """Take it as delivered: the topic says so."""
        self._deliveries.forget(crossing_id)
        WEBHOOKS_WAITING.set(self._deliveries.waiting)

    @property
    def unwritten(self) -> list[Delivery]:
        """What was delivered, as far as the topic does not say so yet."""
        return self._deliveries.unwritten

    def complaint(self) -> str | None:
        """Return None while nothing waits that the receiver has not taken, else why it has not."""
        return self._failure if self._deliveries.has_failed else None

    async def run(self) -> None:
        """Deliver until cancelled."""
        while self._webhook is not None:
            due = self._deliveries.due(time.monotonic()) if self._is_open else None
            if due is None:
                await asyncio.sleep(_TURN_SECONDS)
            else:
                await self._post(self._webhook, due)

    async def _post(self, webhook: Webhook, crossing: Crossing) -> None:
        one, deliveries = crossing["crossing_id"], self._deliveries
        outcome, why = await webhook.post(one, body_of(crossing, self._campaigns.get(crossing["campaign"])))
        WEBHOOKS.labels(outcome).inc()
        if why:
            self._failure = f"the webhook's receiver does not take all: {why}"
        if outcome == "delivered":
            deliveries.succeed(one, time.time_ns() // 1_000_000)
            _log.info("delivered", crossing_id=one)
        elif deliveries.fail(one, time.monotonic()) == "given_up":
            WEBHOOKS.labels("given_up").inc()
            _log.error("given_up", crossing_id=one, why=why)
        else:
            _log.warning("not_delivered", crossing_id=one, outcome=outcome, why=why)
        WEBHOOKS_WAITING.set(self._deliveries.waiting)
