"""The worker's way onto Kafka: whole batches, one acknowledgement each."""

import asyncio
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from schemas import metrics
from schemas.wire import HEADERS
from streams.app import BatchApp


class Message(NamedTuple):
    """A message to send to the partition that it is about."""

    topic: str
    key: bytes
    value: bytes


async def send(app: BatchApp, partition: int, messages: Iterable[Message]) -> None:
    """Send messages to one partition, those of a topic in order; return once Kafka has all, raise if it has not.

    Messages are taken one at a time: what orjson returns occupies 4 KiB until it is dropped, however short it is.
    """
    try:
        with metrics.BATCH_SECONDS.labels("send").time():
            await _send(app, partition, messages)
    except Exception:
        metrics.SEND_ERRORS.inc()
        raise


async def _send(app: BatchApp, partition: int, messages: Iterable[Message]) -> None:
    # Faust sends one message at a time, with futures of its own: ten times the CPU seconds of the encoding itself.
    producer = (await app.maybe_start_producer())._ensure_producer()  # noqa: SLF001 (no public name leads to it)
    acknowledged = []
    for topic, group in groupby(messages, key=lambda message: message.topic):
        batch = producer.create_batch()
        for message in group:
            if not _append(batch, message):
                acknowledged.append(await _submit(producer, batch, topic, partition))
                batch = producer.create_batch()
                _append(batch, message)  # the first of a batch always fits
        acknowledged.append(await _submit(producer, batch, topic, partition))
    await asyncio.gather(*acknowledged)


def _append(batch: Any, message: Message) -> bool:  # noqa: ANN401 (aiokafka ships no types)
    return batch.append(timestamp=None, key=message.key, value=message.value, headers=HEADERS) is not None


async def _submit(producer: Any, batch: Any, topic: str, partition: int) -> "asyncio.Future[Any]":  # noqa: ANN401 (as above)
    batch.close()  # it is whole: nothing to wait for
    acknowledged: asyncio.Future[Any] = await producer.send_batch(batch, topic, partition=partition)
    return acknowledged
