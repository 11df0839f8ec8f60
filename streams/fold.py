"""The fold: what a batch of letter reports changes, given what stood before. No clock, no look-ups, no settings."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeVar

from schemas.report import NO_EVENT, LetterReport
from schemas.tally import MINUTE_SCOPES, WORLD_MEMBER, Scope

TotalKey = tuple[str, Scope, str]
"""Campaign, scope, member."""
Sums = dict[TotalKey, tuple[int, int]]
"""Letters and reports, as absolute totals or as differences."""

_MINUTE_MS: Final = 60_000
Key = TypeVar("Key")


class Change(NamedTuple):
    """What a batch changes: the entries to keep, the differences by total, and those by campaign and minute."""

    entries: dict[bytes, bytes]
    totals: Sums
    minutes: dict[tuple[str, int], Sums]
    duplicates: int


def fold(reports: Iterable[tuple[bytes, LetterReport]], standing: Iterable[bytes | None]) -> Change:
    """Return what these reports (key, report), in log order, change; `standing` is each key's entry before the batch.

    An entry is `revision, letters, place` with tabs between, where place is what the letters count towards:
    `minute, campaign, case, event, country, channel, kind`. A higher revision replaces the whole contribution,
    the same or a lower one changes nothing, a withdrawn report contributes nothing.
    """
    entries: dict[bytes, bytes] = {}
    moved: dict[str, tuple[int, int]] = {}
    duplicates = 0
    for (key, report), before in zip(reports, standing, strict=True):
        old = entries.get(key, before)
        revision = report["revision"]
        if old is not None:
            old_revision, old_letters, old_place = old.split(b"\t", 2)
            if revision <= int(old_revision):
                duplicates += 1
                continue
            if taken := int(old_letters):
                _add(moved, old_place.decode(), -taken, -1)
        letters = 0 if report["withdrawn"] else report["letters"]
        place = _place(report)
        entries[key] = f"{revision}\t{letters}\t{place}".encode()
        if letters:
            _add(moved, place, letters, 1)
    totals, minutes = _spread(moved)
    return Change(entries, totals, minutes, duplicates)


def _place(report: LetterReport) -> str:
    return (
        f"{report['received_at'] // _MINUTE_MS}\t{report['campaign']}\t{report['case']}\t{report['event'] or NO_EVENT}"
        f"\t{report['country']}\t{report['channel']}\t{report['kind']}"
    )


def _add(sums: dict[Key, tuple[int, int]], key: Key, letters: int, reports: int) -> None:
    known_letters, known_reports = sums.get(key, (0, 0))
    sums[key] = (known_letters + letters, known_reports + reports)


def _spread(moved: dict[str, tuple[int, int]]) -> tuple[Sums, dict[tuple[str, int], Sums]]:
    totals: Sums = {}
    minutes: dict[tuple[str, int], Sums] = {}
    for place, (letters, reports) in moved.items():
        minute, campaign, *where = place.split("\t")
        of_minute = minutes.setdefault((campaign, int(minute)), {})
        for scope, member in _memberships(*where):
            _add(totals, (campaign, scope, member), letters, reports)
            if scope in MINUTE_SCOPES:
                _add(of_minute, (campaign, scope, member), letters, reports)
    return totals, minutes


def _memberships(case: str, event: str, country: str, channel: str, kind: str) -> Iterator[tuple[Scope, str]]:
    """Yield one member of every scope, which is why each scope's members sum to the world."""
    yield "world", WORLD_MEMBER
    yield "country", country
    yield "case", case
    yield "event", event
    yield "channel", channel
    yield "kind", kind
    yield "case-country", f"{case}:{country}"
