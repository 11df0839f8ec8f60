"""The fold: what a batch of letter reports changes, given what stood before. No clock, no look-ups, no settings."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.report import NO_EVENT, LetterReport
from schemas.tally import MINUTE_SCOPES, SCOPES, WORLD_MEMBER, Scope

TotalKey = tuple[str, Scope, str]
"""Campaign, scope, member."""
Sums = dict[TotalKey, tuple[int, int]]
"""Letters and reports, as absolute totals or as differences."""

Tallies = dict[str, list[int]]
"""Member -> letters, reports."""

_MINUTE_MS: Final = 60_000


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


def _add(moved: dict[str, tuple[int, int]], place: str, letters: int, reports: int) -> None:
    known_letters, known_reports = moved.get(place, (0, 0))
    moved[place] = (known_letters + letters, known_reports + reports)


def _spread(moved: dict[str, tuple[int, int]]) -> tuple[Sums, dict[tuple[str, int], Sums]]:
    """Give each place's difference to one member of every scope, which is why each scope sums to the world."""
    campaigns: dict[str, list[Tallies]] = {}
    minutes: dict[tuple[str, int], list[Tallies]] = {}
    for place, (letters, reports) in moved.items():
        minute, campaign, case, event, country, channel, kind = place.split("\t")
        members = (WORLD_MEMBER, country, case, event, channel, kind, f"{case}:{country}")
        if campaign not in campaigns:
            campaigns[campaign] = [{} for _ in SCOPES]
        _give(campaigns[campaign], members, letters, reports)
        in_minute = (campaign, int(minute))
        if in_minute not in minutes:
            minutes[in_minute] = [{} for _ in MINUTE_SCOPES]
        _give(minutes[in_minute], members, letters, reports)
    totals: Sums = {}
    for campaign, scopes in campaigns.items():
        totals.update(_flat(campaign, scopes))
    return totals, {key: _flat(key[0], scopes) for key, scopes in minutes.items()}


def _give(scopes: list[Tallies], members: tuple[str, ...], letters: int, reports: int) -> None:
    for tallies, member in zip(scopes, members, strict=False):  # minutes have the first scopes only
        pair = tallies.get(member)
        if pair is None:
            tallies[member] = [letters, reports]
        else:
            pair[0] += letters
            pair[1] += reports


def _flat(campaign: str, scopes: list[Tallies]) -> Sums:
    return {
        (campaign, scope, member): (letters, reports)
        for scope, tallies in zip(SCOPES, scopes, strict=False)
        for member, (letters, reports) in tallies.items()
    }
