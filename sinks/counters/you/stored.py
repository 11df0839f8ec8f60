"""What ClickHouse has of the reports of a receipt, asked in a thread, and never waited for long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from schemas.metrics import OWN_LETTERS_ERRORS
from schemas.operations import log_of
from schemas.receipt import Receipt
from sinks.counters.you.own import Stored, ids_of

_ANSWER_SECONDS: Final = 2.0
_AT_ONCE: Final = 4
_MOST_WAITING: Final = 50
"""People who wait at once; one more is told what their receipt says."""
# By the primary key, then the newest version of each: FINAL would read the whole table.
_QUERY: Final = """
SELECT toString(report_id), argMax(revision, version), argMax(`case`, version),
       argMax(if(withdrawn, 0, letters), version)
FROM letter_reports
WHERE report_id IN {ids:Array(UUID)}
GROUP BY report_id
"""
_log: Final = log_of("counters")


class OwnReports:
    """Asks ClickHouse; where it is away, slow or asked by too many, there is no answer, and that is said."""

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._client: Client | None = None
        self._threads = ThreadPoolExecutor(_AT_ONCE, "own-letters")
        self._waiting = 0

    async def of(self, receipt: Receipt) -> list[Stored] | None:
        """Return the reports that a receipt is for, within seconds; None where nobody can tell."""
        if self._waiting >= _MOST_WAITING:
            OWN_LETTERS_ERRORS.labels("busy").inc()
            return None
        self._waiting += 1
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, receipt)
        except TimeoutError:
            OWN_LETTERS_ERRORS.labels("slow").inc()
        except Error as error:
            OWN_LETTERS_ERRORS.labels("refused").inc()
            _log.warning("own_letters_not_told", reason=type(error).__name__)
        finally:
            self._waiting -= 1
        return None

    def _ask(self, receipt: Receipt) -> list[Stored]:
        if self._client is None:
            self._client = self._connect()
        asked = {"ids": ids_of(receipt)}
        settings = {"max_execution_time": _ANSWER_SECONDS}
        rows = self._client.query(_QUERY, parameters=asked, settings=settings).result_rows
        return [Stored(*row) for row in rows]
