"""How far behind its log a partition's reader is, in records and in seconds."""

from typing import NamedTuple

from schemas.metrics import LAG_RECORDS, LAG_SECONDS


class _Still(NamedTuple):
    """Since when (epoch seconds) a partition has been seen behind at one position."""

    position: int
    since: float


class Lag:
    """Tells the metrics of lag of the partitions in one process's care, and takes them back when they go."""

    def __init__(self) -> None:
        self._still: dict[str, _Still] = {}

    def tell(self, partition: str, *, position: int, end: int, oldest_ms: int | None, now: float) -> None:
        """Say how many records wait and how old the oldest is (`oldest_ms`, where it has been fetched).

        Of one that was not fetched yet only this is known: it has waited for as long as it is seen waiting.
        """
        records = max(0, end - position)
        LAG_RECORDS.labels(partition).set(records)
        LAG_SECONDS.labels(partition).set(self._age(partition, position, oldest_ms, now) if records else 0)
        if not records:
            self._still.pop(partition, None)

    def forget(self, partition: str) -> None:
        """Take back what was told of a partition that is another process's now."""
        self._still.pop(partition, None)
        for metric in (LAG_RECORDS, LAG_SECONDS):
            metric.remove(partition)

    def _age(self, partition: str, position: int, oldest_ms: int | None, now: float) -> float:
        if oldest_ms is not None and oldest_ms > 0:
            return max(0.0, now - oldest_ms / 1000)
        still = self._still.get(partition)
        if still is None or still.position != position:
            still = self._still[partition] = _Still(position, now)
        return now - still.since
