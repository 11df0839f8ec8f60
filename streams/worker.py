"""What every worker does around its work: check, start, take batches, watch, stop."""

import asyncio
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import faust
from faust.types.tuples import TP
from kafka.errors import KafkaError

from schemas.cluster import ClusterError, check_epoch
from schemas.environment import Environment, read_environment
from schemas.epoch import Epoch
from schemas.operations import Health, leave, log_of, serve_operations, set_up_logs
from streams.app import App, BatchApp
from streams.batches import BatchSchema
from streams.fault import stop_at_once
from streams.read import Record
from streams.seat import dismiss

_log = log_of("streams")
_STOP_SECONDS = 8
_COLLECT_AFTER = 100_000
"""Objects; a batch makes some ten thousand that live until it is counted, and looking at them again finds nothing."""


@dataclass(frozen=True)
class Work:
    """What one worker does: with each batch of a partition, and by the clock until it is cancelled."""

    take: Callable[[TP, Sequence[Record]], Awaitable[None]]
    tasks: Mapping[str, Coroutine[object, object, None]]
    health: Health


def work(make: Callable[[Environment, Epoch], App], begin: Callable[[App, Environment], Work]) -> None:
    """Work until SIGTERM or SIGINT; exit status 1 where the cluster is not as it must be, 70 after a fault."""
    environment = read_environment()
    set_up_logs(environment.log_format)
    try:
        app = make(environment, check_epoch(environment.kafka, environment.partitions))
    except ClusterError as error:
        leave("streams", str(error))
    except KafkaError as error:
        leave("streams", f"Kafka at {environment.kafka} does not answer ({type(error).__name__}): is it up?")
    if app.seat.predecessor:
        dismiss(environment.kafka, app.group, app.seat.predecessor)
    asyncio.run(_run(app, environment, begin))


async def _run(app: App, environment: Environment, begin: Callable[[App, Environment], Work]) -> None:
    begun = begin(app, environment)
    _take_batches(app, begun)
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    app.discover()
    await app.start()
    all_tasks = {**begun.tasks, "runtime": _until_stopped(app, stopping)}
    tasks = [asyncio.create_task(_or_stop(name, task)) for name, task in all_tasks.items()]
    operations = serve_operations(environment.host, environment.port, begun.health)
    gc.freeze()  # what lives as long as the process need not be scanned again
    gc.set_threshold(_COLLECT_AFTER)
    _log.info("working", group=app.group, operations_port=operations.server_port)
    await stopping.wait()
    await _stop(app, tasks)


def _take_batches(app: BatchApp, begun: Work) -> None:
    topic = app.topic(app.partitions.topic, schema=BatchSchema())

    @app.agent(topic, name="take")  # type: ignore[untyped-decorator]  # Faust ships no types
    async def take(stream: faust.StreamT) -> None:
        async for event in stream.noack().events():
            try:
                await begun.take(event.message.tp, event.value)
            except Exception as error:  # noqa: BLE001 (Faust would log it, ack the batch and go on)
                stop_at_once(app.partitions.topic, error)
            await stream.ack(event)


async def _until_stopped(app: BatchApp, stopping: asyncio.Event) -> None:
    await app.wait_until_stopped()
    if not stopping.is_set():
        raise RuntimeError("the runtime stopped by itself")


async def _or_stop(where: str, task: Coroutine[object, object, None]) -> None:
    try:
        await task
    except Exception as error:  # noqa: BLE001 (any fault ends the worker)
        stop_at_once(where, error)


async def _stop(app: BatchApp, tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(TimeoutError):  # the broker may be away: leaving the group is courtesy, the state is what counts
        await asyncio.wait_for(app.stop(), _STOP_SECONDS)
    app.partitions.close_all()
    app.seat.close()
    _log.info("stopped")
    os._exit(0)  # Faust's threads may wait for a broker that is away
