"""What the worker does with each batch: align, read, reject, count."""

import time
from collections.abc import Sequence

from faust.types.tuples import TP

from schemas import metrics
from schemas.operations import log_of
from schemas.topics import REJECTED
from schemas.wire import encode
from streams.app import CountApp
from streams.partitions import Counted, Gap
from streams.read import Record, read, rejection_of
from streams.send import Message, send

_log = log_of("streams")
_TRIES_BEFORE_A_GAP_IS_TRUE = 3


async def count_batch(app: CountApp, tp: TP, records: Sequence[Record]) -> None:
    """Count a batch once: records below the state's position are skipped, one above it is read again."""
    counted = app.partitions.get(tp.partition)
    if counted is None:
        return  # revoked while queued: whoever owns it now reads from its own position
    position = counted.state.next_offset
    records = [record for record in records if record.offset >= position]
    if not records:
        return
    if records[0].offset == position:
        counted.gap = None
    elif not await _is_true_gap(app, tp, counted, records[0].offset):
        return
    with metrics.BATCH_SECONDS.labels("read").time():
        batch = read(records, tp.partition, app.partition_count)
    if batch.refused:
        now_ms = int(time.time() * 1000)
        rejections = [rejection_of(record, refusal, tp.partition, now_ms) for record, refusal in batch.refused]
        await send(app, tp.partition, [Message(REJECTED.name, r["origin"].encode(), encode(r)) for r in rejections])
        for rejection in rejections:
            metrics.REFUSED.labels("streams", rejection["reason"]).inc()
    if app.partitions.get(tp.partition) is not counted or counted.state.next_offset != position:
        return  # the partition went away, or moved, while the rejections were sent
    with metrics.BATCH_SECONDS.labels("fold").time():
        duplicates = counted.state.count(batch.reports, records[-1].offset + 1)
    counted.moved_at = time.monotonic()
    end = app.consumer.highwater(tp)
    counted.highwater = counted.highwater if end is None else end
    metrics.COUNTED.inc(len(records))
    metrics.DUPLICATES.inc(duplicates)


async def _is_true_gap(app: CountApp, tp: TP, counted: Counted, first: int) -> bool:
    """Tell a stale fetch, which is read again, from records that are gone, which is an alarm.

    What retention took lies before the log's start. A hole within the log is believed only if the same record comes
    first each time that the log is read again: batches that were on their way before that come with others.
    """
    position = counted.state.next_offset
    log_start = (await app.consumer.earliest_offsets(tp))[tp]
    if app.partitions.get(tp.partition) is not counted or counted.state.next_offset != position:
        return False
    if first != log_start:
        known = counted.gap
        if known is not None and first > known.first:
            return False
        tries = known.tries + 1 if known is not None and first == known.first else 1
        counted.gap = Gap(first, tries)
        if tries < _TRIES_BEFORE_A_GAP_IS_TRUE:
            await app.consumer.reseek(tp, max(position, log_start))
            return False
    counted.gap = None
    metrics.OFFSET_GAPS.inc(first - position)
    _log.error("records are missing from the log", partition=tp.partition, missing=first - position, at=position)
    return True
