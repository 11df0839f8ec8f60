"""Totals wait here until the frame that closes them, so that half an emission is never stored."""

from typing import NamedTuple

from schemas.tally import Frame, Tally
from sinks.clickhouse.rows import Record


class Closed(NamedTuple):
    """What a partition's frame closed: totals that may be stored, and the frame that follows them."""

    totals: list[tuple[Record, Tally]]
    frame: tuple[Record, Frame]


class Emissions:
    """The open totals of one partition of `tallies`; no more than a count worker emits between two frames."""

    def __init__(self) -> None:
        self._open: list[tuple[Record, Tally]] = []
        self._frame: tuple[Record, Frame] | None = None
        self._next_offset = 0

    def put(self, record: Record, value: Tally | Frame) -> None:
        """Take the partition's next record, in log order."""
        self._next_offset = record.offset + 1
        if "checksum" not in value:
            self._open.append((record, value))
        elif self._frame is None or _age(value) >= _age(self._frame[1]):
            self._frame = (record, value)  # type: ignore[assignment]  # as above

    def close(self) -> Closed | None:
        """Return what the newest frame closed, None where no frame came; the totals are regarded as stored.

        Open stay those that came after the frame and those of a later version, which a replaced worker may have
        mixed in; what an older epoch left open never becomes whole and is dropped.
        """
        if self._frame is None:
            return None
        frame_record, frame = self._frame
        epoch, version = _age(frame)
        mine = [pair for pair in self._open if pair[1]["epoch"] >= epoch]
        closed = [pair for pair in mine if _is_within(pair, frame_record.offset, epoch, version)]
        self._open = [pair for pair in mine if not _is_within(pair, frame_record.offset, epoch, version)]
        self._frame = None
        return Closed(closed, (frame_record, frame))

    @property
    def safe_offset(self) -> int:
        """Where to read on after a crash: the first record that is not stored."""
        return self._open[0][0].offset if self._open else self._next_offset


def _age(value: Tally | Frame) -> tuple[int, int]:
    return value["epoch"], value["version"]


def _is_within(pair: tuple[Record, Tally], frame_offset: int, epoch: int, version: int) -> bool:
    record, tally = pair
    return record.offset < frame_offset and tally["epoch"] == epoch and tally["version"] <= version
