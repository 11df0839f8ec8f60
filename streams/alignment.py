"""A batch as it was fetched -> what of it comes next, by the state's position."""

from collections.abc import Sequence
from typing import Any

from faust.types.tuples import TP

from schemas import metrics
from schemas.operations import log_of
from streams.app import BatchApp
from streams.partitions import Gap, Owned
from streams.read import Record

_log = log_of("streams")
_TRIES_BEFORE_A_GAP_IS_TRUE = 3


async def aligned(app: BatchApp, tp: TP, owned: Owned[Any], records: Sequence[Record]) -> Sequence[Record]:
    """Return the records that come next: those below the position are skipped, a batch above it is read again."""
    position = owned.state.next_offset
    records = [record for record in records if record.offset >= position]
    if records and records[0].offset == position:
        owned.gap = None
    elif records and not await _is_true_gap(app, tp, owned, records[0].offset):
        return []
    return records


def is_still(app: BatchApp, owned: Owned[Any], position: int) -> bool:
    """Return whether the partition is still ours, at the position: it may have gone, or moved, during a wait."""
    return app.partitions.get(owned.number) is owned and owned.state.next_offset == position


async def _is_true_gap(app: BatchApp, tp: TP, owned: Owned[Any], first: int) -> bool:
    """Tell a stale fetch, which is read again, from records that are gone, which is an alarm.

    What retention took lies before the log's start. A hole within the log is believed only if the same record comes
    first each time that the log is read again: batches that were on their way before that come with others.
    """
    position = owned.state.next_offset
    log_start = (await app.consumer.earliest_offsets(tp))[tp]
    if not is_still(app, owned, position):
        return False
    if first != log_start:
        known = owned.gap
        if known is not None and first > known.first:
            return False
        tries = known.tries + 1 if known is not None and first == known.first else 1
        owned.gap = Gap(first, tries)
        if tries < _TRIES_BEFORE_A_GAP_IS_TRUE:
            await app.consumer.reseek(tp, max(position, log_start))
            return False
    owned.gap = None
    metrics.OFFSET_GAPS.inc(first - position)
    _log.error("records are missing from the log", partition=tp.partition, missing=first - position, at=position)
    return True
