"""Questions to ClickHouse, asked in threads, within limits, and never waited for long."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from schemas.faults import failure_of
from schemas.metrics import HISTORY_ERRORS, HISTORY_SECONDS
from schemas.operations import log_of

ANSWER_SECONDS: Final = 5
_AT_ONCE: Final = 2
_MOST_WAITING: Final = 50
_LIMITS: Final = {
    "max_execution_time": ANSWER_SECONDS,
    "max_threads": 2,
    "max_memory_usage": 500_000_000,
    "max_result_rows": 100_000,
    "result_overflow_mode": "throw",
}
_log: Final = log_of("history")


class UnansweredError(Exception):
    """ClickHouse is away, too slow, or asked too much; the message is one of these words."""


class Answer(NamedTuple):
    """What a query has returned."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class Asking:
    """Asks ClickHouse; `connect` returns a client, or raises Error where there is none yet."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._client: Client | None = None
        self._threads = ThreadPoolExecutor(_AT_ONCE, "asking")
        self._waiting = 0
        self._complaint: str | None = "ClickHouse was not asked yet"

    @property
    def complaint(self) -> str | None:
        """What was wrong when ClickHouse was asked last."""
        return self._complaint

    async def ask(self, sql: str, values: Mapping[str, str] | None = None) -> Answer:
        """Return what a query answers; raises UnansweredError within seconds where nobody can tell."""
        if self._waiting >= _MOST_WAITING:
            HISTORY_ERRORS.labels("busy").inc()
            raise UnansweredError("busy")
        self._waiting += 1
        try:
            async with asyncio.timeout(ANSWER_SECONDS + 1):
                answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, sql, values)
        except TimeoutError:
            raise self._unanswered("slow", "no answer in time") from None
        except Error as error:
            raise self._unanswered("refused", failure_of(error)) from None
        finally:
            self._waiting -= 1
        self._complaint = None
        return answer

    def _unanswered(self, reason: str, failure: str) -> UnansweredError:
        HISTORY_ERRORS.labels(reason).inc()
        self._complaint = f"ClickHouse does not answer ({failure})"
        _log.warning("not_answered", reason=reason, failure=failure)
        return UnansweredError(reason)

    def _ask(self, sql: str, values: Mapping[str, str] | None) -> Answer:
        with HISTORY_SECONDS.labels("ask").time():
            if self._client is None:
                self._client = self._connect()
            query = partial(self._client.query, parameters=dict(values or {}), settings=_LIMITS)
            result = query(sql)
            # Without rows the columns are not said.
            columns = result.column_names or query(f"DESCRIBE ({sql})").result_columns[0]
            return Answer(columns, result.result_rows)
