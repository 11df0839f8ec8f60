"""Plays a December 10th or a trace on a started stack, and judges what came of it."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import httpx

from deploy.demo.december import december
from deploy.demo.expected import Sent, Totals, added
from deploy.demo.places import Counted, shown, stored
from deploy.demo.posts import Step
from deploy.demo.replay import replay
from deploy.demo.senders import send
from deploy.demo.trace import Change, reported_as_unknown, totals_by_country
from deploy.demo.verdict import settled, verdict, with_file
from deploy.stack import Stack
from schemas.catalogue import Campaign
from schemas.migrations import connect

_SPEED: Final = 5.0
_LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Asked:
    """What is to be played: a trace, or without one a December 10th; how fast and how long."""

    speed: float | None
    seconds: float | None
    file: Path | None
    changes: list[Change]


def run_demo(stack: Stack, campaign: Campaign, asked: Asked, say: Callable[[str], None]) -> dict[str, Any]:
    """Play what is asked on a started stack, to its end, for so long or until Ctrl-C, and return the verdict."""
    environment = stack.environment
    counting = Counted(environment.kafka, environment.partitions, campaign.campaign, lambda: stack.epoch)
    over = threading.Event()
    with (
        ThreadPoolExecutor(2) as threads,
        closing(connect(environment.clickhouse.get_secret_value())) as client,
        closing(counting),
        httpx.Client(base_url=stack.addresses["counters"], timeout=10, trust_env=False) as counters,
    ):
        supervising = threads.submit(_supervise, stack, over)
        try:
            before = stored(client, campaign.campaign)
            sent = _send(threads, stack, _play(campaign, asked), asked.seconds, say)
            readers: dict[str, Callable[[], Totals]] = {
                "counted": counting.read,
                "shown": partial(shown, counters, campaign.campaign),
                "stored": partial(stored, client, campaign.campaign),
            }
            expected = added(before, sent.expected)
            result = verdict(sent, expected, settled(expected, readers))
        finally:
            over.set()
        supervising.result()
    return _beside_file(result, asked, sent, before) if asked.file else result


def _play(campaign: Campaign, asked: Asked) -> Iterator[Step]:
    began = datetime.now(UTC)
    if asked.file:
        return replay(asked.changes, campaign, f"trace-{uuid4()}", asked.speed, began)
    return december(campaign, Random(), asked.speed or _SPEED, began)  # noqa: S311 (a demo, not a secret)


def _send(
    threads: ThreadPoolExecutor, stack: Stack, play: Iterator[Step], seconds: float | None, say: Callable[[str], None]
) -> Sent:
    """Send from a thread of its own, so that Ctrl-C ends the sending and not the verdict."""
    interrupted = threading.Event()
    deadline = None if seconds is None else time.monotonic() + seconds

    def is_over() -> bool:
        return interrupted.is_set() or (deadline is not None and time.monotonic() > deadline)

    def run() -> Sent:
        return asyncio.run(send(play, stack.addresses["collector"], is_over, partial(_say_progress, say)))

    sending: Future[Sent] = threads.submit(run)
    while not sending.done():
        try:
            wait([sending], _LOOK_SECONDS)
        except KeyboardInterrupt:
            interrupted.set()
    return sending.result()


def _supervise(stack: Stack, is_over: threading.Event) -> None:
    while not is_over.wait(_LOOK_SECONDS):
        stack.watch_once()


def _say_progress(say: Callable[[str], None], sent: Sent, seconds: float) -> None:
    letters = sent.expected.get(("world", "all"), (0, 0))[0]
    refused = sum(sent.refused.values())
    say(f"{seconds:4.0f} s: {sent.accepted:,} accepted, {refused:,} refused, {letters:,} letters")


def _beside_file(result: dict[str, Any], asked: Asked, sent: Sent, before: Totals) -> dict[str, Any]:
    played = asked.changes[: sent.changes]
    facts = {
        "file": str(asked.file),
        "changes": len(asked.changes),
        "changes_played": len(played),
        "countries": len({change.country for change in played}),
        "reported_as_unknown": reported_as_unknown(played),
    }
    return with_file(result, totals_by_country(played), before, facts)
