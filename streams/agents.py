"""What the worker does with each batch: align, read, reject, count."""

import time
from collections.abc import Sequence

from faust.types.tuples import TP

from schemas import metrics
from schemas.topics import LETTERS, REJECTED
from schemas.wire import encode
from streams.alignment import aligned, is_still
from streams.app import CountApp
from streams.read import Record, read, rejection_of
from streams.send import Message, send


async def count_batch(app: CountApp, tp: TP, records: Sequence[Record]) -> None:
    """Count a batch once: records below the state's position are skipped, one above it is read again."""
    counted = app.partitions.get(tp.partition)
    if counted is None:
        return  # revoked while queued: whoever owns it now reads from its own position
    position = counted.state.next_offset
    records = await aligned(app, tp, counted, records)
    if not records:
        return
    with metrics.BATCH_SECONDS.labels("read").time():
        batch = read(records, tp.partition, app.partition_count)
    if batch.refused:
        now_ms = int(time.time() * 1000)
        rejections = [
            rejection_of(LETTERS.name, tp.partition, record, refusal, now_ms) for record, refusal in batch.refused
        ]
        await send(app, tp.partition, [Message(REJECTED.name, r["origin"].encode(), encode(r)) for r in rejections])
        for rejection in rejections:
            metrics.REFUSED.labels("streams", rejection["reason"]).inc()
    if not is_still(app, counted, position):
        return
    with metrics.BATCH_SECONDS.labels("fold").time():
        duplicates = counted.state.count(batch.reports, records[-1].offset + 1)
    counted.moved_at = time.monotonic()
    end = app.consumer.highwater(tp)
    counted.highwater = counted.highwater if end is None else end
    metrics.COUNTED.inc(len(records))
    metrics.DUPLICATES.inc(duplicates)
