"""A worker of held reports: `python -m streams.held`. Any number of them share the partitions of one group."""

import asyncio
import time
from functools import partial

from aiokafka.errors import KafkaError
from faust.types.tuples import TP

from schemas import metrics
from schemas.cluster import id_of
from schemas.environment import Environment
from schemas.epoch import Epoch
from schemas.operations import Health
from schemas.topics import HELD
from streams.app import join_as
from streams.partitions import Partitions
from streams.release import HeldApp, Holding, take_batch
from streams.seat import Seat
from streams.tasks import SLOW_SECONDS, joining, stalled, watch_for_ever
from streams.waiting import needs_of
from streams.worker import Work, work

_GROUP = "letter-tally-held"
_ASK_SECONDS = 5


def main() -> None:
    """Work until SIGTERM or SIGINT; exit status 1 where the cluster is not as it must be, 70 after a fault."""
    work(_make_app, _release)


def _make_app(environment: Environment, epoch: Epoch) -> HeldApp:
    app = join_as(HeldApp, _GROUP, environment)
    # Of both logs: where `letters` was lost, all that was released is sent to it again.
    name = f"{HELD.name}-{id_of(environment.kafka, HELD)}"
    app.partitions = Partitions(environment.state, epoch["log_id"], HELD.name, name, Holding)
    app.seat = Seat(environment.state / "seat-held")
    app.answered_at = time.monotonic()
    return app


def _release(app: HeldApp, _: Environment) -> Work:
    return Work(
        take=partial(take_batch, app),
        tasks={"watch": watch_for_ever(app), "waiting": _tell_for_ever(app), "kafka": _ask_for_ever(app)},
        health=Health(
            live={"progress": lambda: stalled(app)},
            ready={"group": lambda: joining(app), "kafka": lambda: _silence(app)},
        ),
    )


async def _tell_for_ever(app: HeldApp) -> None:
    """Tell each second what waits."""
    while True:
        waiting = [one for holding in app.partitions for one in holding.state.waiting.values()]
        needs = needs_of(waiting)
        metrics.HELD_WAITING.labels("confirmation").set(needs["confirmation"])
        metrics.HELD_WAITING.labels("review").set(needs["review"])
        oldest = min((one.held_at for one in waiting), default=None)
        metrics.HELD_OLDEST.set(0 if oldest is None else max(0.0, time.time() - oldest / 1000))
        await asyncio.sleep(1)


async def _ask_for_ever(app: HeldApp) -> None:
    """Ask Kafka something every few seconds: this worker may have nothing to send for days."""
    while True:
        try:
            await app.consumer.earliest_offsets(TP(HELD.name, 0))
            app.answered_at = time.monotonic()
        except KafkaError:
            pass  # readiness says for how long
        await asyncio.sleep(_ASK_SECONDS)


def _silence(app: HeldApp) -> str | None:
    still = time.monotonic() - app.answered_at
    return f"Kafka has not answered for {still:.0f} s" if still > SLOW_SECONDS else None


if __name__ == "__main__":
    main()
