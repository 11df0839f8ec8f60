"""Rows -> ClickHouse, in one block, as often as it takes."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final, TypeVar

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, DataError, Error

from schemas.faults import failure_of
from schemas.metrics import INSERT_ERRORS, INSERT_SECONDS, INSERTED
from schemas.operations import log_of
from sinks.clickhouse.forgotten import Columns, carries_participants, without_forgotten

_CONTENT: Final = {6, 27, 33, 53, 69, 70, 72, 117, 131, 321, 349, 407, 469, 691}
"""ClickHouse's codes for values that it will never take, however often they are sent."""
_CONFIGURATION: Final = {16, 60, 81, 192, 193, 194, 497, 516}
"""No such column, table, database, user, or no right: waiting does not mend it."""
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 5.0
_log: Final = log_of("clickhouse")
Answer = TypeVar("Answer")


class Refused(Exception):  # noqa: N818  (what ClickHouse did; not a fault of ours)
    """ClickHouse, or its client, will never take these values; the message names the reason, not the values."""


class Stopped(Exception):  # noqa: N818  (not an error)
    """The process is to stop; what was to be stored may not be."""


class Store:
    """ClickHouse as this process sees it: it connects, and tries again, for as long as `stop` is not set.

    May be used from several threads. Raises clickhouse_connect's Error only where the configuration is wrong.
    """

    def __init__(self, connect: Callable[[], Client], stop: Event) -> None:
        self._connect = connect
        self._stop = stop
        self._client: Client | None = None
        self._failing_since: float | None = None
        self._failure = ""

    def complaint(self) -> str | None:
        """Return None while ClickHouse takes what it is given, else since when it does not, and why."""
        since = self._failing_since
        return None if since is None else f"ClickHouse: {self._failure} for {time.monotonic() - since:.0f} s"

    def insert(self, table: str, columns: Columns) -> None:
        """Return once ClickHouse has acknowledged the rows, all or none; raises Refused or Stopped.

        Who is forgotten is asked anew for each attempt: what was asked earlier than that is never stored by it.
        """
        rows = len(next(iter(columns.values()), ()))
        if not rows:
            return

        def send(client: Client) -> None:
            with INSERT_SECONDS.labels(table).time():
                _send_block(client, table, without_forgotten(table, columns, _forgotten(client, table)), rows)

        self.persist(table, send)
        INSERTED.labels(table).inc(rows)

    def persist(self, what: str, act: Callable[[Client], Answer]) -> Answer:
        """Return what `act` returns, after as many attempts as it takes; raises Refused or Stopped."""
        pause = _FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            try:
                answer = self._once(act)
            except (Error, OSError) as error:
                if getattr(error, "code", None) in _CONFIGURATION:
                    raise
                INSERT_ERRORS.labels(what).inc()
                self._remember(error)
                self._stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                self._recover()
                return answer
        raise Stopped

    def _once(self, act: Callable[[Client], Answer]) -> Answer:
        if self._client is None:
            self._client = self._connect()
        try:
            return act(self._client)
        except (DataError, ArithmeticError, TypeError, ValueError) as error:
            raise Refused(type(error).__name__) from error
        except DatabaseError as error:
            if error.code in _CONTENT:
                raise Refused(failure_of(error)) from error
            raise

    def _remember(self, error: Exception) -> None:
        self._failure = failure_of(error)
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            _log.warning("clickhouse_fails", failure=self._failure)

    def _recover(self) -> None:
        if self._failing_since is not None:
            _log.info("clickhouse_is_back", after_seconds=round(time.monotonic() - self._failing_since, 1))
            self._failing_since = None


def _forgotten(client: Client, table: str) -> frozenset[bytes]:
    if not carries_participants(table):
        return frozenset()
    return frozenset(digest for (digest,) in client.query("SELECT digest FROM forgotten_participants").result_rows)


def _send_block(client: Client, table: str, columns: Columns, rows: int) -> None:
    context = client.create_insert_context(
        table, column_names=list(columns), data=list(columns.values()), column_oriented=True
    )
    # The client would cut blocks at 1 to 2 MB; one block is one part, there wholly or not at all.
    context.block_row_count = rows
    client.data_insert(context)
