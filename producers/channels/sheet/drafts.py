"""A sheet's numbers -> drafts, one for each event, case and kind, and withdrawals of what is left out. Pure."""

from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple, get_args

from producers.channels.reading import Draft, Reading, Refused, draft_of
from producers.channels.sheet.grid import SheetError
from producers.channels.sheet.preview import Entry, Line
from schemas.report import Kind

MOST_DRAFTS: Final = 50_000
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_ROWS_NAMED: Final = 5


class Place(NamedTuple):
    """What a report's id is made of, beside its source."""

    event: str
    case: str
    kind: Kind


class Added(NamedTuple):
    """The drafts of a sheet, the lines that turned out to contradict one another, and what is worth saying."""

    drafts: list[Reading]
    lines: list[Line]
    notes: tuple[str, ...]


def drafts_of(lines: list[Line], default_event: str | None, slugs: tuple[str, ...], revision: int) -> Added:
    """Return the drafts of what counts; raises SheetError where they are too many for one sheet.

    The same event, case and kind in several rows add up. What an event of this sheet does not say, it takes back,
    unless something of that event was refused: what can't be read is not what is left out.
    """
    groups = _grouped(lines, default_event)
    apart = {
        id(line) for group in groups.values() if len({_entry(line).country for line in group}) > 1 for line in group
    }
    seen = [_apart(line) if id(line) in apart else line for line in lines]
    groups = {place: group for place, group in groups.items() if id(group[0]) not in apart}
    drafts = [_draft(place, group, slugs, revision) for place, group in groups.items()]
    left = _left_out(seen, groups, default_event, slugs, revision)
    if len(drafts) + len(left) > MOST_DRAFTS:
        raise too_many()
    return Added([*drafts, *left], seen, tuple(_sums(groups)))


def waiting(lines: list[Line], default_event: str | None, most: int) -> list[Line]:
    """Return the lines with those marked whose report says more than that, and so waits until a person has looked."""
    groups = _grouped(lines, default_event).values()
    large = {id(line) for group in groups if sum(_entry(one).letters for one in group) > most for line in group}
    why = f"more than {most:,} letters at one event on one case: somebody looks at it first"
    return [line._replace(outcome="waits", why=why) if id(line) in large else line for line in lines]


def too_many() -> SheetError:
    """Return what is said of a sheet that makes more reports than one delivery may."""
    return SheetError("too_large", None, "too many events for one sheet: send it in smaller parts")


def refusals_of(lines: list[Line]) -> list[Reading]:
    """Return one refusal for each thing to mend, with the rows that it stands in; what stands there is not repeated."""
    same: dict[Line, list[int]] = {}
    for line in lines:
        if line.outcome == "refused":
            alike = Line(0, line.column, "", "refused", line.why, line.reason)
            same.setdefault(alike, []).append(line.row)
    return [
        Refused(None, line.reason or "bad_value", line.column[:100] or None, f"{_rows(rows)}: {line.why}")
        for line, rows in same.items()
    ]


def _grouped(lines: list[Line], default_event: str | None) -> dict[Place, list[Line]]:
    groups: dict[Place, list[Line]] = {}
    for line in lines:
        if line.outcome == "counts" and line.entry:
            place = Place(_key(line.event, default_event), line.entry.case, line.entry.kind)
            groups.setdefault(place, []).append(line)
    return groups


def _draft(place: Place, group: list[Line], slugs: tuple[str, ...], revision: int) -> Reading:
    first = _entry(group[0])
    days = {_entry(line).written_at for line in group}
    return draft_of(
        _submission(place.event),
        line=f"{place.case}/{place.kind}",
        revision=revision,
        case=place.case if place.case in slugs else first.said,
        event=group[0].event,
        country=first.country,
        kind=place.kind,
        letters=sum(_entry(line).letters for line in group),
        written_at=first.written_at if len(days) == 1 else None,
    )


def _left_out(
    lines: list[Line], groups: dict[Place, list[Line]], default_event: str | None, slugs: tuple[str, ...], revision: int
) -> list[Draft]:
    if any(line.outcome == "refused" and line.event is None for line in lines):
        return []  # what is refused may be of any event
    names_events = any(line.event for line in lines)
    events = {_key(line.event, default_event): line.event for line in lines if line.event or not names_events}
    unsure = {_key(line.event, default_event) for line in lines if line.outcome == "refused"}
    cases = dict.fromkeys((*slugs, *(place.case for place in groups)))
    sure = [event for event in events if event not in unsure]
    if len(sure) * len(cases) * len(_KINDS) > MOST_DRAFTS:
        raise too_many()
    return [
        Draft(
            submission=_submission(event),
            line=f"{case}/{kind}",
            revision=revision,
            withdrawn=True,
            case=case,
            event=events[event],
            kind=kind,
            letters=0,
        )
        for event, case, kind in product(sure, cases, _KINDS)
        if Place(event, case, kind) not in groups
    ]


def _key(event: str | None, default: str | None) -> str:
    return (event or default or "").casefold()


def _submission(event: str) -> str:
    return f"event:{event}" if event else "no event"


def _entry(line: Line) -> Entry:
    if line.entry is None:
        raise ValueError("expected a line that counts")
    return line.entry


def _apart(line: Line) -> Line:
    why = "rows of the same event, case and kind name several countries: give each country an event of its own"
    return line._replace(outcome="refused", why=why, reason="bad_value", entry=None)


def _sums(groups: dict[Place, list[Line]]) -> Iterator[str]:
    for place, group in groups.items():
        if len(group) > 1:
            said = f"{_rows([line.row for line in group])}: added up on {place.case} ({place.kind})"
            yield f"{said} at {group[0].event}" if group[0].event else said


def _rows(rows: list[int]) -> str:
    """Return `row 3`, `rows 3, 4` or `rows 3, 4, 5, 6, 7 and 20 more`."""
    rows = sorted(set(rows))
    more = f" and {len(rows) - _ROWS_NAMED} more" if len(rows) > _ROWS_NAMED else ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows[:_ROWS_NAMED]))}{more}"
