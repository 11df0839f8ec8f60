"""A count worker: `python -m streams`. Any number of them share the partitions of one group."""

from functools import partial

from schemas.environment import Environment
from schemas.operations import Health
from streams.agents import count_batch
from streams.app import CountApp, make_app
from streams.tasks import SLOW_SECONDS, STALL_SECONDS, emit_for_ever, hanging, joining, stalled, watch_for_ever
from streams.worker import Work, work


def main() -> None:
    """Count until SIGTERM or SIGINT; exit status 1 where the cluster is not as it must be, 70 after a fault."""
    work(make_app, _count)


def _count(app: CountApp, environment: Environment) -> Work:
    return Work(
        take=partial(count_batch, app),
        tasks={"emission": emit_for_ever(app, environment), "watch": watch_for_ever(app)},
        health=Health(
            live={"progress": lambda: stalled(app), "emission": lambda: hanging(app, STALL_SECONDS)},
            ready={"group": lambda: joining(app), "kafka": lambda: hanging(app, SLOW_SECONDS)},
        ),
    )


if __name__ == "__main__":
    main()
