"""Why what stands now is not what was published: each difference by its cause, to the letter. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple, get_args

from deploy.audit.history import Change, History, Since
from schemas.tally import SCOPES
from schemas.tally import Place as Member
from sinks.clickhouse.truth import Place, members_of

Cause = Literal["new", "late", "corrected", "withdrawn", "released", "moved", "untold"]
"""new and late: the report came since, before the campaign closed or after; corrected: its letters are others now, or
count again; withdrawn; released: it, or its correction, was held and let go; moved: it counts for another member now;
untold: the record that would say which of these it was is lost."""
CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)
Pair = tuple[int, int]
"""Letters and reports."""
Causes = dict[Member, dict[Cause, Pair]]
Released = Mapping[tuple[bytes, int], int]
"""Report and revision that were held and released -> when, in epoch milliseconds."""


class Season(NamedTuple):
    """Of which campaign, and from when on its reports are late: None where nobody knows."""

    campaign: str
    closes_at: int | None


def causes_since(history: History, position: int, season: Season, released: Released) -> Causes:
    """Return what each member has gained and lost since a position of the partition; of each the causes sum to it."""
    causes: Causes = {}
    for change in history.since(position):
        for member, cause, letters, reports in _shifts(change, season, released):
            give(causes, member, cause, (letters, reports))
    return causes


def causes_after(history: History, moment: int, season: Season, released: Released) -> Causes:
    """Return what came after a moment by the clock of the collectors, where no position tells what was there before.

    Only what certainly is new: originals that were received after it, or released after it. A revision may have
    replaced a record that was published, and which is lost.
    """
    causes: Causes = {}
    for one in history.standing():
        if not _counts(one, season) or one.revision > 0:
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


def _shifts(change: Since, season: Season, released: Released) -> Iterator[tuple[Member, Cause, int, int]]:
    """Yield what one report has given to, and taken from, each member of the campaign."""
    before, _, now = change
    was = before if before is not None and before.letters else None
    reason = _reason(change, season, released)
    gain = now.letters - (was.letters if was else 0)
    old = _members(was.place, season) if was else _NOWHERE
    new = _members(now.place, season) if now.letters else _NOWHERE
    for left, joined in zip(old, new, strict=True):
        if was and now.letters:
            if left != joined:
                yield from _given(left, "moved", -was.letters, -1)
                yield from _given(joined, "moved", was.letters, 1)
            yield from _given(joined, reason, gain, 0)
        elif was:
            yield from _given(left, "withdrawn" if now.is_withdrawn else reason, gain, -1)
        else:
            yield from _given(joined, reason, gain, 1)


def _reason(change: Since, season: Season, released: Released) -> Cause:
    before, first, now = change
    if before is None:
        is_released = (first.report_id, first.revision) in released
        return "released" if is_released else _arrival(now, season)
    return "released" if (now.report_id, now.revision) in released else "corrected"


def _arrival(change: Change, season: Season) -> Cause:
    return "new" if season.closes_at is None or change.received_at < season.closes_at else "late"


def _counts(change: Change, season: Season) -> bool:
    return change.letters > 0 and change.place.campaign == season.campaign


_NOWHERE: Final[tuple[Member | None, ...]] = (None,) * len(SCOPES)


def _members(place: Place, season: Season) -> tuple[Member | None, ...]:
    """Return the member of each scope, or none of any for a report that counts for another campaign."""
    return tuple(members_of(place)) if place.campaign == season.campaign else _NOWHERE


def _given(member: Member | None, cause: Cause, letters: int, reports: int) -> Iterator[tuple[Member, Cause, int, int]]:
    if member is not None and (letters or reports):
        yield member, cause, letters, reports
