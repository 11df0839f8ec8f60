"""What the worker does by the clock: emit, and watch that every partition moves."""

import asyncio
import time

from faust.types.tuples import TP

from schemas import metrics
from schemas.environment import Environment
from schemas.operations import log_of
from streams.alignment import is_still
from streams.app import BatchApp, CountApp
from streams.counted import Counted
from streams.emission import messages
from streams.send import send

_log = log_of("streams")
_IDLE_FRAME_SECONDS = 5
_END_KNOWN_SECONDS = 5
_FAR_BEHIND = 5_000
_CATCHING_UP_SECONDS = 2
"""How often a partition that is far behind is emitted: its numbers are old either way, and counting goes before."""
_RESEEK_SECONDS = 10
STALL_SECONDS = 60
SLOW_SECONDS = 15


async def emit_for_ever(app: CountApp, environment: Environment) -> None:
    """Emit what changed, at most once an interval; a frame every few seconds says that an idle partition is counted."""
    while True:
        await asyncio.sleep(environment.emission_interval_seconds)
        app.emission_turned_at = time.monotonic()
        await asyncio.gather(
            *(_emit(app, counted, environment.keyframe_interval_seconds) for counted in app.partitions)
        )


async def _emit(app: CountApp, counted: Counted, keyframe_interval_seconds: float) -> None:
    now = time.monotonic()
    is_keyframe = now - counted.keyframed_at >= keyframe_interval_seconds
    if not (is_keyframe or counted.state.has_news or now - counted.framed_at >= _IDLE_FRAME_SECONDS):
        return
    if counted.highwater is None and now - counted.opened_at < _END_KNOWN_SECONDS:
        return  # how old its numbers are is told by the first fetch
    if counted.behind > _FAR_BEHIND and now - counted.framed_at < _CATCHING_UP_SECONDS:
        return
    emission = counted.state.emit(is_keyframe=is_keyframe)
    counted.framed_at = now
    if is_keyframe:
        counted.keyframed_at = now
    now_ms = int(time.time() * 1000)
    as_of = now_ms if counted.is_up_to_date else emission.counted_through
    told = messages(emission, partition=counted.number, epoch=app.epoch, behind=counted.behind, as_of=as_of)
    await send(app, counted.number, told)
    app.emission_turned_at = time.monotonic()
    metrics.LAST_EMISSION.set_to_current_time()
    if app.partitions.get(counted.number) is counted:
        worlds = {key[0]: letters for key, (letters, _) in emission.totals.items() if key[1] == "world"}
        counted.tell_letters(worlds)


async def watch_for_ever(app: BatchApp) -> None:
    """Measure lag each second; a partition that has records and does not move is read again from its position."""
    while True:
        await asyncio.sleep(1)
        for owned in app.partitions:
            tp = TP(app.partitions.topic, owned.number)
            if not is_still(app, owned, owned.state.next_offset) or tp not in app.consumer.assignment():
                continue
            end = app.consumer.highwater(tp)
            owned.highwater = owned.highwater if end is None else end
            app.partitions.tell_lag(owned)
            now = time.monotonic()
            if not owned.behind or app.rebalancing:
                owned.moved_at = now
            elif now - max(owned.moved_at, owned.reseeked_at) > _RESEEK_SECONDS:
                owned.reseeked_at = now
                _log.warning("partition does not move, reading again", partition=owned.number)
                await app.consumer.reseek(tp, owned.state.next_offset)


def hanging(app: CountApp, limit_seconds: float) -> str | None:
    """Say for how long totals have been on their way, if that is over the limit: Kafka is away, or this hangs."""
    still = time.monotonic() - app.emission_turned_at
    return f"an emission has not been acknowledged for {still:.0f} s" if still > limit_seconds else None


def stalled(app: BatchApp) -> str | None:
    """Name a partition that has records to take and has not moved for a minute, if there is one."""
    for owned in app.partitions:
        if owned.behind and time.monotonic() - owned.moved_at > STALL_SECONDS:
            return f"partition {owned.number} has {owned.behind} records to take and does not move"
    return None


def joining(app: BatchApp) -> str | None:
    """Say that the group has not assigned anything yet, if so."""
    return None if app.has_joined else "has not joined its consumer group yet"
