"""What one partition of `letters` has said of each report, in the order of the log. Pure.

It is held in memory: a record that changes its report is a Change, 370 bytes with all that belongs to it. Duplicates
and what a worker rejects take nothing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Final, NamedTuple

from schemas.report import LetterReport
from sinks.clickhouse.truth import Place, Totals, add, place_of

_NEVER: Final = -1
_offset_of: Final = attrgetter("offset")


class Change(NamedTuple):
    """A record that replaced what stood of its report; `letters` are those that count from then on."""

    offset: int
    previous: int
    """Where the report's change before this one is among the changes, or -1."""
    report_id: bytes
    revision: int
    is_withdrawn: bool
    letters: int
    received_at: int
    place: Place


class Asked(NamedTuple):
    """Which letters: of a campaign, received from a moment on and before another; None where there is no such end."""

    campaign: str
    received_from: int | None = None
    received_until: int | None = None

    def has(self, change: Change) -> bool:
        """Tell whether a report counts among them."""
        return (
            change.letters > 0
            and change.place.campaign == self.campaign
            and (self.received_from is None or change.received_at >= self.received_from)
            and (self.received_until is None or change.received_at < self.received_until)
        )


class Since(NamedTuple):
    """What became of one report since a position: what stood there, the first change after it, and what stands now."""

    before: Change | None
    first: Change
    now: Change


class History:
    """Every change of one partition, the standing ones by their report."""

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._latest: dict[bytes, int] = {}
        self._places: dict[Place, Place] = {}

    def add(self, offset: int, report: LetterReport) -> None:
        """Take the next record: a higher revision replaces what stands, the same or a lower one changes nothing."""
        report_id = id_of(report["report_id"])
        previous = self._latest.get(report_id, _NEVER)
        if previous != _NEVER and report["revision"] <= self._changes[previous].revision:
            return
        place = place_of(report)
        self._latest[report_id] = len(self._changes)
        self._changes.append(
            Change(
                offset,
                previous,
                report_id,
                report["revision"],
                report["withdrawn"],
                0 if report["withdrawn"] else report["letters"],
                report["received_at"],
                self._places.setdefault(place, place),
            )
        )

    def standing(self) -> Iterator[Change]:
        """Yield what stands of each report, be it nothing."""
        return (self._changes[index] for index in self._latest.values())

    def totals_at(self, positions: Iterable[int], asked: Asked) -> dict[int, Totals]:
        """Return what the letters asked for come to by the records before each of these positions."""
        sums: Totals = {}
        found: dict[int, Totals] = {}
        begin = 0
        for position in sorted(set(positions)):
            end = bisect_left(self._changes, position, begin, key=_offset_of)
            for change in self._changes[begin:end]:
                if change.previous != _NEVER:
                    _count(sums, self._changes[change.previous], asked, -1)
                _count(sums, change, asked, 1)
            begin = end
            found[position] = dict(sums)
        return found

    def since(self, position: int) -> Iterator[Since]:
        """Yield each report that a record at this position or after it has changed, once."""
        begin = bisect_left(self._changes, position, key=_offset_of)
        for change in self._changes[begin:]:
            if change.previous < begin:
                before = None if change.previous == _NEVER else self._changes[change.previous]
                yield Since(before, change, self._changes[self._latest[change.report_id]])


def id_of(report_id: str) -> bytes:
    """Return a report's id in 16 bytes."""
    return bytes.fromhex(report_id.replace("-", ""))


def _count(sums: Totals, change: Change, asked: Asked, times: int) -> None:
    if asked.has(change):
        add(sums, change.place, times * change.letters, times)
