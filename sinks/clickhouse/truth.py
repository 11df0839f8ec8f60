"""What the standing reports sum to, and what further records of the log make of it.

Written apart from the fold that counts, so that one can be held against the other. No network, no clock.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from schemas.report import NO_EVENT, LetterReport
from schemas.tally import SCOPES, WORLD_MEMBER, Scope

TotalKey = tuple[str, str, str]
"""Campaign, scope, member."""
Totals = dict[TotalKey, tuple[int, int]]
"""Letters and standing reports."""


class Place(NamedTuple):
    """What a report's letters count towards."""

    campaign: str
    case: str
    event: str
    country: str
    channel: str
    kind: str


class Standing(NamedTuple):
    """What stands of one report: letters is 0 where it is withdrawn."""

    revision: int
    letters: int
    place: Place


class Difference(NamedTuple):
    """Truth minus totals of one member, as (letters, reports)."""

    partition: int
    total: TotalKey
    letters: int
    reports: int


class Sides(NamedTuple):
    """One partition at one version: what the truth comes to, and what was counted."""

    truth: Totals
    totals: Totals


class Compared(NamedTuple):
    """What was compared of one scope of a campaign: how many members, and the letters of both sides."""

    members: int
    truth: int
    totals: int


class Verdict(NamedTuple):
    """Every total that differs, and by campaign and scope what was compared."""

    differences: list[Difference]
    scopes: dict[tuple[str, str], Compared]


def fold_over(sums: Totals, standing: dict[str, Standing], reports: Iterable[LetterReport]) -> None:
    """Change sums and standing by further reports in log order; `standing` must hold those of their ids that stand."""
    for report in reports:
        before = standing.get(report["report_id"])
        if before is not None and report["revision"] <= before.revision:
            continue
        if before is not None:
            add(sums, before.place, -before.letters, -int(before.letters > 0))
        after = Standing(report["revision"], 0 if report["withdrawn"] else report["letters"], place_of(report))
        add(sums, after.place, after.letters, int(after.letters > 0))
        standing[report["report_id"]] = after


def place_of(report: LetterReport) -> Place:
    """Return where a report counts."""
    where = (report["case"], report["event"] or NO_EVENT, report["country"], report["channel"], report["kind"])
    return Place(report["campaign"], *where)


def add(sums: Totals, place: Place, letters: int, reports: int) -> None:
    """Add to one member of every scope."""
    for scope, member in members_of(place):
        key = (place.campaign, scope, member)
        known_letters, known_reports = sums.get(key, (0, 0))
        sums[key] = (known_letters + letters, known_reports + reports)


def judge(sides: Mapping[int, Sides]) -> Verdict:
    """Return the verdict; each partition is compared by itself, so that two differences can't hide each other."""
    members: dict[tuple[str, str], set[str]] = {}
    letters: dict[tuple[str, str], list[int]] = {}
    for pair in sides.values():
        for side, totals in enumerate(pair):
            for (campaign, scope, member), (count, _) in totals.items():
                members.setdefault((campaign, scope), set()).add(member)
                letters.setdefault((campaign, scope), [0, 0])[side] += count
    found = [one for partition, pair in sorted(sides.items()) for one in differences(partition, *pair)]
    return Verdict(found, {key: Compared(len(members[key]), *letters[key]) for key in sorted(letters)})


def differences(partition: int, truth: Totals, totals: Totals) -> Iterator[Difference]:
    """Yield every member on which the two do not agree; one that is missing is one of nothing."""
    for key in sorted(truth.keys() | totals.keys()):
        letters, reports = truth.get(key, (0, 0))
        counted_letters, counted_reports = totals.get(key, (0, 0))
        if (letters, reports) != (counted_letters, counted_reports):
            yield Difference(partition, key, letters - counted_letters, reports - counted_reports)


def members_of(place: Place) -> Iterator[tuple[Scope, str]]:
    """Yield the member of each scope that a report counts for."""
    members: Final = (
        WORLD_MEMBER,
        place.country,
        place.case,
        place.event,
        place.channel,
        place.kind,
        f"{place.case}:{place.country}",
    )
    return zip(SCOPES, members, strict=True)
