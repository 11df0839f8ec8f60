"""The fold: what a batch of letter reports changes, given what stood before. No clock, no look-ups, no settings."""

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from schemas.report import NO_EVENT, LetterReport
from schemas.tally import WORLD_MEMBER, Scope

Key = TypeVar("Key")

TotalKey = tuple[str, Scope, str]
"""Campaign, scope, member."""
Sums = dict[TotalKey, tuple[int, int]]
"""Letters and reports, as absolute totals or as differences."""

Cells = dict[tuple[str, str], list[int]]
"""Case and country -> letters, reports."""
Move = tuple[int, int, str, str, str, str, str, str, str]
"""Letters and reports that come to, or leave, a minute, campaign, case, event, country, channel and kind."""

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
    moves: list[Move] = []
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
                moves.append((-taken, -1, *old_place.decode().split("\t")))  # type: ignore[arg-type]  # seven of them
        letters = 0 if report["withdrawn"] else report["letters"]
        place = (
            str(report["received_at"] // _MINUTE_MS),
            report["campaign"],
            report["case"],
            report["event"] or NO_EVENT,
            report["country"],
            report["channel"],
            report["kind"],
        )
        entries[key] = "\t".join((str(revision), str(letters), *place)).encode()
        if letters:
            moves.append((letters, 1, *place))
    return Change(entries, *_spread(moves), duplicates)


def _spread(moves: Iterable[Move]) -> tuple[Sums, dict[tuple[str, int], Sums]]:
    """Give each move to one member of every scope, which is why each scope sums to the world.

    Moves are first added up by what they have in common, so that each is touched three times instead of ten.
    """
    by_minute: dict[tuple[str, str], Cells] = {}
    by_campaign: dict[str, Cells] = {}
    events: Cells = {}
    ways: dict[tuple[str, str, str], list[int]] = {}
    for letters, reports, minute, campaign, case, event, country, channel, kind in moves:
        cells = by_minute.get((campaign, minute))
        if cells is None:
            cells = by_minute[campaign, minute] = {}
        _give(cells, (case, country), letters, reports)
        _give(events, (campaign, event), letters, reports)
        _give(ways, (campaign, channel, kind), letters, reports)
    for (campaign, _), cells in by_minute.items():
        whole = by_campaign.setdefault(campaign, {})
        for cell, (letters, reports) in cells.items():
            _give(whole, cell, letters, reports)
    minutes = {(campaign, int(minute)): _by_place(campaign, cells) for (campaign, minute), cells in by_minute.items()}
    totals: Sums = {}
    for campaign, cells in by_campaign.items():
        totals |= _by_place(campaign, cells)
        totals |= {(campaign, "case-country", f"{case}:{country}"): _pair(p) for (case, country), p in cells.items()}
    totals |= {(campaign, "event", event): _pair(pair) for (campaign, event), pair in events.items()}
    return totals | _by_way(ways), minutes


def _by_place(campaign: str, cells: Cells) -> Sums:
    """Return the sums of the scopes that minutes are kept of as well."""
    cases: dict[str, list[int]] = {}
    countries: dict[str, list[int]] = {}
    for (case, country), (letters, reports) in cells.items():
        _give(cases, case, letters, reports)
        _give(countries, country, letters, reports)
    letters, reports = map(sum, zip(*cases.values(), strict=True))
    sums: Sums = {(campaign, "world", WORLD_MEMBER): (letters, reports)}
    sums |= {(campaign, "country", country): _pair(pair) for country, pair in countries.items()}
    return sums | {(campaign, "case", case): _pair(pair) for case, pair in cases.items()}


def _by_way(ways: dict[tuple[str, str, str], list[int]]) -> Sums:
    sums: dict[TotalKey, list[int]] = {}
    for (campaign, channel, kind), (letters, reports) in ways.items():
        _give(sums, (campaign, "channel", channel), letters, reports)
        _give(sums, (campaign, "kind", kind), letters, reports)
    return {key: _pair(pair) for key, pair in sums.items()}


def _give(sums: dict[Key, list[int]], key: Key, letters: int, reports: int) -> None:
    pair = sums.get(key)
    if pair is None:
        sums[key] = [letters, reports]
    else:
        pair[0] += letters
        pair[1] += reports


def _pair(sum_: list[int]) -> tuple[int, int]:
    return sum_[0], sum_[1]
