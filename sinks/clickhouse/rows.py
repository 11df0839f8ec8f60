"""Kafka records -> columns of ClickHouse's tables. No network, no clock."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol

from schemas.epoch import Epoch
from schemas.event import RegisteredEvent
from schemas.partition import partitions_of
from schemas.rejection import Rejection
from schemas.report import NO_EVENT, LetterReport
from schemas.tally import Frame, MinuteTally, Tally
from schemas.wire import Headers, Refusal, decode_report

_OFFSETS: Final = 1 << 48
_EPOCHS: Final = 1 << 16


class Record(Protocol):
    """What is read of a Kafka record."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Rows(NamedTuple):
    """Rows of one table as columns, and for each row the record that it came from."""

    table: str
    columns: dict[str, list[Any]]
    records: list[Record]

    def part(self, start: int, end: int) -> "Rows":
        """Return the rows [start, end)."""
        return Rows(
            self.table, {name: values[start:end] for name, values in self.columns.items()}, self.records[start:end]
        )


def version_of(revision: int, epoch: int, offset: int) -> int:
    """Return 128 bits that order a report's copies: the highest revision, the newest log, the first in it."""
    if not 0 <= offset < _OFFSETS or not 0 <= epoch < _EPOCHS:
        raise ValueError(f"epoch {epoch} or offset {offset} is out of the range that a version holds")
    return revision << 64 | epoch << 48 | (_OFFSETS - 1 - offset)


def letter_rows(records: Sequence[Record], epoch: int, partitions: int) -> Rows:
    """Return the rows of `letters` records; those that a count worker rejects are left out, it names them."""
    read = [(record, decode_report(record.key, record.value, record.headers)) for record in records]
    found = [(record, report) for record, report in read if not isinstance(report, Refusal)]
    if not found:
        return Rows("letter_reports", {}, [])
    right = partitions_of([report["report_id"].encode() for _, report in found], partitions).tolist()
    kept = [pair for pair, partition in zip(found, right, strict=True) if pair[0].partition == partition]
    version = {"version": lambda record, report: version_of(report["revision"], epoch, record.offset)}
    return rows_of("letter_reports", {**REPORT, **place_of(epoch), **version}, kept)


REPORT: Final[dict[str, Callable[[Record, LetterReport], Any]]] = {
    "report_id": lambda _, r: int(r["report_id"].replace("-", ""), 16),
    "revision": lambda _, r: r["revision"],
    "withdrawn": lambda _, r: r["withdrawn"],
    "participant": lambda _, r: r["participant"],
    "campaign": lambda _, r: r["campaign"],
    "case": lambda _, r: r["case"],
    "event": lambda _, r: r["event"] or NO_EVENT,
    "country": lambda _, r: r["country"],
    "channel": lambda _, r: r["channel"],
    "source": lambda _, r: r["source"],
    "kind": lambda _, r: r["kind"],
    "letters": lambda _, r: r["letters"],
    "written_at": lambda _, r: r["written_at"],
    "received_at": lambda _, r: r["received_at"],
}


def place_of(epoch: int) -> dict[str, Callable[[Record, Any], Any]]:
    """Return the columns that say where a record lies."""
    return {
        "epoch": lambda *_: epoch,
        "partition": lambda record, _: record.partition,
        "offset": lambda record, _: record.offset,
    }


def total_rows(totals: Iterable[tuple[Record, Tally]]) -> Rows:
    """Return the rows of totals; of one total's values only the newest."""
    newest: dict[tuple[Any, ...], tuple[Record, Tally]] = {}
    for record, tally in totals:
        key = (tally["campaign"], tally["scope"], tally["member"], tally["epoch"], tally["partition"])
        if key not in newest or newest[key][1]["version"] <= tally["version"]:
            newest[key] = (record, tally)
    names = ("campaign", "scope", "member", "epoch", "partition", "version", "letters", "reports")
    return _fields("tallies", names, list(newest.values()))


def frame_rows(frames: Sequence[tuple[Record, Frame]]) -> Rows:
    """Return the rows of frames."""
    return _fields("frames", ("epoch", "partition", "version", "checksum", "behind", "as_of"), frames)


def minute_rows(minutes: Sequence[tuple[Record, MinuteTally]]) -> Rows:
    """Return the rows of minutes' totals."""
    names = ("campaign", "scope", "member", "epoch", "partition", "version", "letters", "reports")
    rows = _fields("tally_minutes", names, minutes)
    return rows._replace(columns={**rows.columns, "minute": [minute["minute"] * 60 for _, minute in minutes]})


def rejected_rows(rejections: Sequence[tuple[Record, Rejection]], epoch: int) -> Rows:
    """Return the rows of rejections; a record is named by place and epoch, since offsets begin again with each."""
    rows = _fields("rejected", ("origin", "reason", "field", "detail", "value", "rejected_at"), rejections)
    epochs = [epoch if "/" in rejection["origin"] else 0 for _, rejection in rejections]
    retried = [rejection.get("retried_at") for _, rejection in rejections]
    return rows._replace(columns={**rows.columns, "epoch": epochs, "retried_at": retried})


def event_rows(events: Sequence[tuple[Record, RegisteredEvent]]) -> Rows:
    """Return the rows of registered events."""
    rows = _fields("letter_events", ("campaign", "event", "name", "place", "country", "registered_at"), events)
    days = [date.fromisoformat(event["date"]) for _, event in events]
    return rows._replace(columns={**rows.columns, "date": days})


def epoch_columns(epoch: Epoch) -> dict[str, list[Any]]:
    """Return the one row of an epoch as columns."""
    return {
        "epoch": [epoch["epoch"]],
        "log_id": [epoch["log_id"]],
        "opened_at": [epoch["opened_at"]],
        "complete_at": [epoch["complete_at"] or []],
        "is_complete": [int(epoch["complete_at"] is not None)],
    }


def _fields(table: str, names: Sequence[str], pairs: Sequence[tuple[Record, Any]]) -> Rows:
    columns = {name: [value[name] for _, value in pairs] for name in names}
    return Rows(table, columns, [record for record, _ in pairs])


def rows_of(table: str, readers: dict[str, Callable[[Record, Any], Any]], pairs: Sequence[tuple[Record, Any]]) -> Rows:
    """Return the rows of records with what each says, each column by its reader."""
    columns = {name: [read(record, value) for record, value in pairs] for name, read in readers.items()}
    return Rows(table, columns, [record for record, _ in pairs])
