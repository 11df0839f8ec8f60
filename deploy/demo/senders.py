"""Sends the demo's submissions through the real collector, and keeps count of what should come of them."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx

from deploy.demo.december import Post, posts, rate_at
from schemas.catalogue import Campaign

_CONNECTIONS: Final = 32
_TRIES: Final = 20
_TICK_SECONDS: Final = 0.02

Totals = dict[tuple[str, str], tuple[int, int]]
"""Scope and member -> letters and reports."""


@dataclass
class Sent:
    """What was offered, what became of it, and the totals that the accepted come to when counted once each."""

    offered: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    expected: Totals = field(default_factory=dict)
    _accepted_keys: set[str] = field(default_factory=set)

    def take(self, post: Post, answer: httpx.Response) -> None:
        """Note one answer; a submission accepted several times is expected once."""
        if answer.status_code != httpx.codes.ACCEPTED:
            self.refused[answer.json().get("reason", f"status {answer.status_code}")] += 1
            return
        self.accepted += 1
        if post.key in self._accepted_keys:
            return
        self._accepted_keys.add(post.key)
        body = post.body
        for line in body["lines"]:
            where = {
                "world": "all",
                "country": body["country"],
                "case": line["case"],
                "event": body["event"] or "none",
                "channel": "reports",
                "kind": body["kind"],
                "case-country": f"{line['case']}:{body['country']}",
            }
            for member in where.items():
                letters, reports = self.expected.get(member, (0, 0))
                self.expected[member] = (letters + line["letters"], reports + 1)


async def send_until(
    is_over: Callable[[], bool], collector: str, campaign: Campaign, speed: float, say: Callable[[Sent, float], None]
) -> Sent:
    """Send at the shape's rate until it is over and everything sent is answered; `say` hears of it each second."""
    sent, queue = Sent(), asyncio.Queue[Post](1000)
    stream = posts(campaign, Random())  # noqa: S311 (a demo, not a secret)
    begin = said = time.monotonic()
    due = 0.0
    async with httpx.AsyncClient(base_url=collector, timeout=30, trust_env=False) as client:
        senders = [asyncio.create_task(_send(client, queue, sent)) for _ in range(_CONNECTIONS)]
        while not is_over():
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            due += rate_at(now - begin, speed) * _TICK_SECONDS
            while due >= 1:
                due -= 1
                post = next(stream)
                for _ in range(post.times):
                    await queue.put(post)
            if now - said >= 1:
                said = now
                say(sent, now - begin)
        await queue.join()
        for sender in senders:
            sender.cancel()
    return sent


async def _send(client: httpx.AsyncClient, queue: asyncio.Queue[Post], sent: Sent) -> None:
    while True:
        post = await queue.get()
        sent.offered += 1
        for _ in range(_TRIES):
            answer = await _post(client, post)
            if answer is not None and answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                sent.take(post, answer)
                break
            await asyncio.sleep(1)
        else:
            sent.refused["not accepted: the collector was away"] += 1
        queue.task_done()


async def _post(client: httpx.AsyncClient, post: Post) -> Any:  # noqa: ANN401 (a response, or None)
    try:
        return await client.post("/v1/reports", json=post.body, headers={"Idempotency-Key": post.key})
    except httpx.TransportError:
        return None  # sent again with the same key
