"""Watches the epoch, so that a log that was made anew is never stored as the one before."""

import time
from threading import Event
from typing import Final

from kafka.errors import KafkaError

from schemas.cluster import ClusterError, read_epoch
from schemas.epoch import Epoch
from schemas.operations import log_of
from sinks.clickhouse.insert import Stopped, Store
from sinks.clickhouse.rows import epoch_columns

_INTERVAL_SECONDS: Final = 5.0
_SILENCE_SECONDS: Final = 30.0
_log: Final = log_of("clickhouse")


class EpochWatch:
    """Stores the epoch and every change of it; `fault` says why this process can't go on, else it is None."""

    def __init__(self, servers: str, epoch: Epoch, store: Store, stop: Event) -> None:
        self._servers = servers
        self.epoch = epoch
        self._store = store
        self._stop = stop
        self._answered: float | None = None
        self.fault: Exception | None = None

    def complaint(self) -> str | None:
        """Return None while Kafka answers, else for how long it has not; before the first question it is not known."""
        silence = 0.0 if self._answered is None else time.monotonic() - self._answered
        return None if silence < _SILENCE_SECONDS else f"Kafka has not answered for {silence:.0f} s"

    def run(self) -> None:
        """Look every five seconds until `stop` is set; set it where there is a fault."""
        try:
            self._store.insert("epochs", epoch_columns(self.epoch))
            self._answered = time.monotonic()
            while not self._stop.wait(_INTERVAL_SECONDS):
                self._look()
        except Stopped:
            return
        except Exception as error:  # noqa: BLE001 (main raises it again: a process that limps is worse than none)
            self.fault = error
            self._stop.set()

    def _look(self) -> None:
        try:
            epoch = read_epoch(self._servers)
        except (KafkaError, OSError) as error:
            _log.warning("kafka_is_silent", failure=type(error).__name__)
            return
        self._answered = time.monotonic()
        if epoch is None or (epoch["epoch"], epoch["log_id"]) != (self.epoch["epoch"], self.epoch["log_id"]):
            raise ClusterError("another epoch was opened: start again, this process stored the one before")
        if epoch != self.epoch:
            self._store.insert("epochs", epoch_columns(epoch))
            self.epoch = epoch
