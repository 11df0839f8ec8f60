"""What the worker of held reports does with each batch: read, judge, send on, and only then move."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

from faust.types.tuples import TP

from schemas import metrics
from schemas.partition import partition_of
from schemas.rejection import Rejection
from schemas.topics import HELD, LETTERS, REJECTED
from schemas.wire import encode
from streams.alignment import aligned, is_still
from streams.app import BatchApp
from streams.holding import Decision
from streams.partitions import Owned, Partitions
from streams.read import Record, read_held, rejection_of
from streams.send import Message, send
from streams.store import RocksStore
from streams.waiting import HeldState

_AT_ONCE = 100
"""Records; each may hold, or release, a thousand reports."""


class Holding(Owned[HeldState]):
    """A partition of `held` in this worker's care."""

    def __init__(self, number: int, store: RocksStore) -> None:
        super().__init__(number, HeldState(store))


class HeldApp(BatchApp):
    """An app that sends held reports on, and when Kafka last answered it (monotonic seconds)."""

    partitions: Partitions[Holding]
    answered_at: float


async def take_batch(app: HeldApp, tp: TP, records: Sequence[Record]) -> None:
    """Take a batch in pieces: what each decides is acknowledged by Kafka before the state moves past it.

    After a crash in between it is decided and sent again: the same reports, which count once.
    """
    holding = app.partitions.get(tp.partition)
    if holding is None:
        return  # revoked while queued: whoever owns it now reads from its own position
    records = await aligned(app, tp, holding, records)
    for start in range(0, len(records), _AT_ONCE):
        if not await _take(app, holding, records[start : start + _AT_ONCE]):
            return
    holding.highwater = app.consumer.highwater(tp) or holding.highwater


async def _take(app: HeldApp, holding: Holding, records: Sequence[Record]) -> bool:
    position = holding.state.next_offset
    said, refused = read_held(records, holding.number, app.partition_count)
    change = holding.state.prepare(said)
    released = [decision for decision in change.decisions if decision.outcome == "release"]
    discarded = [decision for decision in change.decisions if decision.outcome == "discard"]
    now_ms = int(time.time() * 1000)
    rejections = [rejection_of(HELD.name, holding.number, record, refusal, now_ms) for record, refusal in refused]
    rejections += [rejection for decision in discarded for rejection in _discards(decision)]
    await _send_all(app, holding.number, released, rejections)
    if not is_still(app, holding, position):
        return False
    holding.state.move(change, records[-1].offset + 1)
    holding.moved_at = time.monotonic()
    for _, refusal in refused:
        metrics.REFUSED.labels("held", refusal.reason).inc()
    metrics.DUPLICATES.inc(change.duplicates)
    metrics.HELD_RELEASED.inc(sum(len(decision.submission["reports"]) for decision in released))
    metrics.HELD_DISCARDED.inc(sum(len(decision.submission["reports"]) for decision in discarded))
    return True


async def _send_all(app: HeldApp, number: int, released: Sequence[Decision], rejections: Sequence[Rejection]) -> None:
    homes: dict[int, list[Message]] = defaultdict(list)
    for decision in released:
        for report in decision.submission["reports"]:
            key = report["report_id"].encode()
            homes[partition_of(key, app.partition_count)].append(Message(LETTERS.name, key, encode(report)))
    sending = [send(app, home, messages) for home, messages in homes.items()]
    if rejections:
        refusals = (Message(REJECTED.name, rejection["origin"].encode(), encode(rejection)) for rejection in rejections)
        sending.append(send(app, number, refusals))
    await asyncio.gather(*sending)


def _discards(decision: Decision) -> list[Rejection]:
    """Return what is said of a discard: the same, under the same name, each time a log is folded anew."""
    submission = decision.submission
    submission_id = submission["submission_id"]
    return [
        {
            "origin": f"{submission_id}.{report['revision']}.{number}",
            "reason": "corrected_since" if decision.was_corrected else "discarded_in_review",
            "field": None,
            "detail": f"submission {submission_id}",
            "value": encode(report).decode(),
            "rejected_at": decision.decided_at,
        }
        for number, report in enumerate(submission["reports"])
    ]
