"""Totals as count workers tell them of a history, in ClickHouse: two partitions, and what they have replaced."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.client import Client

from schemas.report import LetterReport
from tests.histories import recount
from tests.sinks.clickhouse.history import NOW, at, standing_reports, sums

AS_OF = datetime(2026, 12, 10, 12, tzinfo=UTC)
_EPOCH = 2
_VERSION = 9
_TOTALS = ("campaign", "scope", "member", "epoch", "partition", "version", "letters", "reports")
_MINUTES = ("campaign", "scope", "member", "minute", "epoch", "partition", "version", "letters", "reports")


def store_totals(client: Client, history: Iterable[LetterReport]) -> None:
    """Insert the totals of a history, cut over two partitions, among older versions and a whole older epoch."""
    history = list(history)
    totals = [
        (*key, *place, *pair)
        for key, (letters, reports) in recount(history).items()
        for place, pair in _cut(letters, reports)
    ]
    client.insert("tallies", totals, column_names=_TOTALS)
    minutes = [
        (campaign, "world", "all", minute, *place, *pair)
        for (campaign, minute), (letters, reports) in sums(
            standing_reports(history), lambda one: (one["campaign"], minute_of(one))
        ).items()
        for place, pair in _cut(letters, reports)
    ]
    client.insert("tally_minutes", minutes, column_names=_MINUTES)
    frames = [
        (epoch, partition, _VERSION, 0, 0, AS_OF + timedelta(seconds=partition))
        for epoch in (1, _EPOCH)
        for partition in (0, 1)
    ]
    client.insert("frames", frames, column_names=("epoch", "partition", "version", "checksum", "behind", "as_of"))
    epochs = [(epoch, f"log {epoch}", NOW, [0, 0], 1) for epoch in (1, _EPOCH)]
    client.insert("epochs", epochs, column_names=("epoch", "log_id", "opened_at", "complete_at", "is_complete"))


def minute_of(report: LetterReport) -> datetime:
    """Return the minute of its arrival."""
    return at(report["received_at"]).replace(second=0, microsecond=0)


def _cut(letters: int, reports: int) -> Iterable[tuple[tuple[int, int, int], tuple[int, int]]]:
    """Yield (epoch, partition, version) and what that part has: both parts, an older version, an older epoch."""
    yield (_EPOCH, 0, _VERSION), (letters - letters // 3, reports - reports // 3)
    yield (_EPOCH, 1, _VERSION), (letters // 3, reports // 3)
    yield (_EPOCH, 1, _VERSION - 1), (letters + 7, reports + 7)
    yield (1, 0, _VERSION + 5), (letters + 70, reports + 70)
