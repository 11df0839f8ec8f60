"""The charts page: `python -m sinks.history`. Any number of them can run; each needs ClickHouse, and nothing else."""

import asyncio
import signal
import socket
import sys
import time
from contextlib import closing, suppress
from functools import partial
from typing import Final

import uvicorn
from clickhouse_connect.driver.exceptions import Error

from schemas.environment import Environment, read_environment
from schemas.faults import failure_of
from schemas.migrations import MigrationError, check_tables, connect
from schemas.operations import leave, log_of, set_up_logs
from sinks.history.asking import ANSWER_SECONDS, Asking, UnansweredError
from sinks.history.drawing import Drawing
from sinks.history.web import create_app
from sinks.serving import configuration

_LOOK_EVERY_SECONDS: Final = 2.0
_log: Final = log_of("history")


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit status 1 where ClickHouse's tables are not as they must be."""
    environment = read_environment()
    set_up_logs(environment.log_format)
    _check(environment)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops at these signals, then raises them once more for whoever started it: that is here.
        signal.signal(number, lambda *_: None)
    asking = Asking(partial(connect, environment.clickhouse.get_secret_value(), ANSWER_SECONDS))
    config = configuration(create_app(asking, Drawing(), lambda: time.time_ns() // 1_000_000), environment)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(_Server(config), asking))
    sys.exit(0)


def _check(environment: Environment) -> None:
    """End the process where tables are missing; while ClickHouse is away, people are told so."""
    try:
        with closing(connect(environment.clickhouse.get_secret_value(), ANSWER_SECONDS)) as client:
            check_tables(client)
    except MigrationError as error:
        leave("history", str(error))
    except Error as error:
        if getattr(error, "code", None):
            leave("history", f"ClickHouse refuses ({failure_of(error)}): is TALLY_CLICKHOUSE right?")
        _log.warning("clickhouse_away", failure=failure_of(error))


class _Server(uvicorn.Server):
    """Says where it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            _log.info("serving", host=self.config.host, port=self.servers[0].sockets[0].getsockname()[1])


async def _serve(server: uvicorn.Server, asking: Asking) -> None:
    looking = asyncio.create_task(_look(asking))
    await server.serve()
    looking.cancel()
    _log.info("stopped")


async def _look(asking: Asking) -> None:
    """Look again and again whether ClickHouse answers: readiness says so."""
    while True:
        with suppress(UnansweredError):  # which `asking` remembers and has logged
            await asking.ask("SELECT 1")
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


if __name__ == "__main__":
    main()
