"""Reconciles by the clock: the metrics of drift, kept by whichever sink has the first partition of `letters`."""

import time
from collections.abc import Callable
from contextlib import closing
from threading import Event
from typing import Final, Literal

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error
from kafka.errors import KafkaError

from schemas.epoch import Epoch
from schemas.metrics import DRIFT, DRIFT_REPORTS, LAST_RECONCILED, RECONCILE_ERRORS
from schemas.operations import log_of
from sinks.clickhouse.reconcile import ReconcileError, reconcile
from sinks.clickhouse.truth import Verdict

_LOOK_SECONDS: Final = 1.0
_SETTLE_SECONDS: Final = 15.0
"""After a start or a rebalance: until then members come and go, and the log is caught up with."""
_log: Final = log_of("clickhouse")
Scope = tuple[str, str]
"""Campaign and scope."""


class DriftWatch:
    """Compares truth and totals every interval while `is_mine`; storing goes on meanwhile and never waits for it.

    It has its own connections. Of any number of sinks one has the partition, so one compares; a sink that loses
    it takes its numbers back, so that no old one stays behind.
    """

    def __init__(
        self,
        connect: Callable[[], Client],
        servers: str,
        epoch: Callable[[], Epoch],
        is_mine: Callable[[], bool],
        interval_seconds: float,
    ) -> None:
        self._connect = connect
        self._servers = servers
        self._epoch = epoch
        self._is_mine = is_mine
        self._interval_seconds = interval_seconds
        self._told: set[Scope] = set()

    def run(self, stop: Event) -> None:
        """Look every second whether it is time, until `stop` is set."""
        due: float | None = None
        while not stop.wait(min(_LOOK_SECONDS, self._interval_seconds)):
            now = time.monotonic()
            if not self._is_mine():
                due = None
                self._take_back()
            elif due is None:
                due = now + min(_SETTLE_SECONDS, self._interval_seconds)
            elif now >= due:
                self._attempt()
                due = time.monotonic() + self._interval_seconds

    def _attempt(self) -> None:
        """Compare once; what came to no verdict is counted by its reason, and leaves the drift as it was known."""
        try:
            with closing(self._connect()) as client:
                verdict = reconcile(client, self._servers, self._epoch())
        except ReconcileError as error:
            self._fail("no_cut", error)
        except (Error, OSError) as error:
            self._fail("clickhouse", error)
        except KafkaError as error:
            self._fail("kafka", error)
        except Exception:  # noqa: BLE001 (a fault in comparing must not end storing; it is counted and logged)
            RECONCILE_ERRORS.labels("fault").inc()
            _log.exception("not_reconciled", reason="fault")
        else:
            if self._is_mine():
                self._tell(verdict)

    def _fail(self, reason: Literal["no_cut", "clickhouse", "kafka"], error: Exception) -> None:
        RECONCILE_ERRORS.labels(reason).inc()
        detail = str(error) if isinstance(error, ReconcileError) else None  # others may quote what they were given
        _log.warning("not_reconciled", reason=reason, failure=type(error).__name__, detail=detail)

    def _tell(self, verdict: Verdict) -> None:
        """Set every scope that was compared, to 0 where all agrees: a number that is absent says nothing."""
        drift = {key: [0, 0] for key in verdict.scopes}
        for one in verdict.differences:
            both = drift[one.total[0], one.total[1]]
            both[0] += abs(one.letters)
            both[1] += abs(one.reports)
        for key, (letters, reports) in drift.items():
            DRIFT.labels(*key).set(letters)
            DRIFT_REPORTS.labels(*key).set(reports)
        self._remove(self._told - drift.keys())
        self._told = set(drift)
        LAST_RECONCILED.set_to_current_time()
        if verdict.differences:
            _log.error("totals_drift", differences=len(verdict.differences))

    def _take_back(self) -> None:
        self._remove(self._told)
        self._told = set()

    def _remove(self, scopes: set[Scope]) -> None:
        for key in scopes:
            DRIFT.remove(*key)
            DRIFT_REPORTS.remove(*key)
