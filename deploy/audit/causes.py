"""Why what stands now is not what was published: each difference by its cause, to the letter. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, get_args

from deploy.audit.history import Asked, Change, History, Since
from schemas.tally import SCOPES
from schemas.tally import Place as Member
from sinks.clickhouse.truth import Place, members_of

Cause = Literal["new", "late", "corrected", "withdrawn", "released", "moved", "untold"]
"""new and late: the report came since, before the campaign closed or after; corrected: its letters are others now, or
count again; withdrawn; released: it, or its correction, was held and let go; moved: it counts for another member now,
or in another period where one was asked for;
untold: the record that would say which of these it was is lost."""
CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)
Pair = tuple[int, int]
"""Letters and reports."""
Causes = dict[Member, dict[Cause, Pair]]
Released = Mapping[tuple[bytes, int], int]
"""Report and revision that were held and released -> when, in epoch milliseconds."""


_Side = tuple[Place, bool] | None
"""Where a report counts, and whether it is among the letters asked for; None where it counts nothing at all."""
_Way = tuple[_Side, _Side, Cause]
"""Where a report counted, where it counts now, and why."""


class Season(NamedTuple):
    """Which letters of a campaign, and from when on its reports are late: None where nobody knows."""

    asked: Asked
    closes_at: int | None


def causes_since(history: History, position: int, season: Season, released: Released) -> Causes:
    """Return what each member has gained and lost since a position of the partition; of each the causes sum to it.

    Reports are first added up by what they have in common, so that each is touched once instead of seven times.
    """
    alike: dict[_Way, list[int]] = {}
    for change in history.since(position):
        was, now = change.before, change.now
        old, new = _side(was, season), _side(now, season)
        if old is not None or new is not None:
            sums = alike.setdefault((old, new, _reason(change, season, released)), [0, 0, 0])
            sums[0] += was.letters if was is not None else 0
            sums[1] += now.letters
            sums[2] += 1
    causes: Causes = {}
    for way, (before, after, reports) in alike.items():
        for member, cause, pair in _shifts(way, before, after, reports):
            give(causes, member, cause, pair)
    return causes


def causes_after(history: History, moment: int, season: Season, released: Released) -> Causes:
    """Return what came after a moment by the clock of the collectors, where no position tells what was there before.

    Only what certainly is new: originals that were received after it, or released after it. A revision may have
    replaced a record that was published, and which is lost.
    """
    causes: Causes = {}
    for one in history.standing():
        if not season.asked.has(one) or one.revision > 0:
            continue
        released_at = released.get((one.report_id, one.revision))
        if max(one.received_at, released_at or 0) > moment:
            cause: Cause = "released" if released_at is not None else _arrival(one, season)
            for member in members_of(one.place):
                give(causes, member, cause, (one.letters, 1))
    return causes


def give(causes: Causes, member: Member, cause: Cause, pair: Pair) -> None:
    """Add to what a member has by a cause."""
    of_member = causes.setdefault(member, {})
    letters, reports = of_member.get(cause, (0, 0))
    of_member[cause] = (letters + pair[0], reports + pair[1])


def merge(causes: Causes, more: Causes) -> None:
    """Add the causes of another partition."""
    for member, pairs in more.items():
        for cause, pair in pairs.items():
            give(causes, member, cause, pair)


def _shifts(way: _Way, before: int, after: int, reports: int) -> Iterator[tuple[Member, Cause, Pair]]:
    """Yield what reports that went the same way have given to, and taken from, each member."""
    old, new, reason = way
    for left, joined in zip(_members(old), _members(new), strict=True):
        if old is None:
            yield from _given(joined, reason, after, reports)
        elif new is None:
            yield from _given(left, reason, -before, -reports)
        else:
            if left != joined:
                yield from _given(left, "moved", -before, -reports)
                yield from _given(joined, "moved", before, reports)
            yield from _given(joined, reason, after - before, 0)


def _reason(change: Since, season: Season, released: Released) -> Cause:
    before, first, now = change
    if before is None:
        is_released = (first.report_id, first.revision) in released
        return "released" if is_released else _arrival(now, season)
    if now.is_withdrawn:
        return "withdrawn"
    return "released" if (now.report_id, now.revision) in released else "corrected"


def _arrival(change: Change, season: Season) -> Cause:
    return "new" if season.closes_at is None or change.received_at < season.closes_at else "late"


def _side(change: Change | None, season: Season) -> _Side:
    return (change.place, season.asked.has(change)) if change is not None and change.letters else None


def _members(side: _Side) -> tuple[Member | None, ...]:
    """Return the member of each scope; none of any for what is not among the letters asked for."""
    if side is None or not side[1]:
        return (None,) * len(SCOPES)
    return tuple(members_of(side[0]))


def _given(member: Member | None, cause: Cause, letters: int, reports: int) -> Iterator[tuple[Member, Cause, Pair]]:
    if member is not None and (letters or reports):
        yield member, cause, (letters, reports)
