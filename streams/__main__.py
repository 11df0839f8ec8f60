"""A count worker: `python -m streams`. Any number of them share the partitions of one group."""

import asyncio
import gc
import os
import signal
from collections.abc import Coroutine
from contextlib import suppress

import faust
from kafka.errors import KafkaError

from schemas.cluster import ClusterError, check_epoch
from schemas.environment import Environment, read_environment
from schemas.operations import Health, leave, log_of, serve_operations, set_up_logs
from schemas.topics import LETTERS
from streams.agents import count_batch
from streams.app import GROUP, CountApp, make_app
from streams.batches import BatchSchema
from streams.fault import stop_at_once
from streams.seat import dismiss
from streams.tasks import SLOW_SECONDS, STALL_SECONDS, emit_for_ever, hanging, stalled, watch_for_ever

_log = log_of("streams")
_STOP_SECONDS = 8
_COLLECT_AFTER = 100_000
"""Objects; a batch makes some ten thousand that live until it is counted, and looking at them again finds nothing."""


def main() -> None:
    """Count until SIGTERM or SIGINT; exit status 1 where the cluster is not as it must be, 70 after a fault."""
    environment = read_environment()
    set_up_logs(environment.log_format)
    try:
        epoch = check_epoch(environment.kafka, environment.partitions)
    except ClusterError as error:
        leave("streams", str(error))
    except KafkaError as error:
        leave("streams", f"Kafka at {environment.kafka} does not answer ({type(error).__name__}): is it up?")
    app = make_app(environment, epoch)
    if app.seat.predecessor:
        dismiss(environment.kafka, GROUP, app.seat.predecessor)
    asyncio.run(_run(app, environment))


async def _run(app: CountApp, environment: Environment) -> None:
    _count_letters(app)
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    app.discover()
    await app.start()
    tasks = [
        asyncio.create_task(_or_stop("emission", emit_for_ever(app, environment))),
        asyncio.create_task(_or_stop("watch", watch_for_ever(app))),
        asyncio.create_task(_or_stop("runtime", _until_stopped(app, stopping))),
    ]
    health = Health(
        live={"progress": lambda: stalled(app), "emission": lambda: hanging(app, STALL_SECONDS)},
        ready={
            "group": lambda: None if app.has_joined else "has not joined its consumer group yet",
            "kafka": lambda: hanging(app, SLOW_SECONDS),
        },
    )
    operations = serve_operations(environment.host, environment.port, health)
    gc.freeze()  # what lives as long as the process need not be scanned again
    gc.set_threshold(_COLLECT_AFTER)
    _log.info("counting", epoch=app.epoch, operations_port=operations.server_port)
    await stopping.wait()
    await _stop(app, tasks)


def _count_letters(app: CountApp) -> None:
    topic = app.topic(LETTERS.name, schema=BatchSchema())

    @app.agent(topic, name="count")  # type: ignore[untyped-decorator]  # Faust ships no types
    async def count(stream: faust.StreamT) -> None:
        async for event in stream.noack().events():
            try:
                await count_batch(app, event.message.tp, event.value)
            except Exception as error:  # noqa: BLE001 (Faust would log it, ack the batch and go on)
                stop_at_once("count", error)
            await stream.ack(event)


async def _until_stopped(app: CountApp, stopping: asyncio.Event) -> None:
    await app.wait_until_stopped()
    if not stopping.is_set():
        raise RuntimeError("the runtime stopped by itself")


async def _or_stop(where: str, work: Coroutine[object, object, None]) -> None:
    try:
        await work
    except Exception as error:  # noqa: BLE001 (any fault ends the worker)
        stop_at_once(where, error)


async def _stop(app: CountApp, tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(TimeoutError):  # the broker may be away: leaving the group is courtesy, the state is what counts
        await asyncio.wait_for(app.stop(), _STOP_SECONDS)
    app.partitions.close_all()
    app.seat.close()
    _log.info("stopped")
    os._exit(0)  # Faust's threads may wait for a broker that is away


if __name__ == "__main__":
    main()
