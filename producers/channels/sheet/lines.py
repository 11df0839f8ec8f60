"""Each number of a sheet: what it counts, or why it does not. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from producers.channels.sheet.columns import Columns
from producers.channels.sheet.names import Names
from producers.channels.sheet.preview import Entry, Line
from producers.channels.sheet.rows import Days, Row, Said, said_of
from producers.channels.sheet.values import Problem, name_in, shown
from schemas.report import Kind

_UNCLEAR = Problem("bad_value", "is this row a total? Then it names no case; else call its event otherwise")
_NO_EVENT = Problem("missing_field", "no event here, while other rows name theirs")
_NO_CASE = Problem("missing_field", "expected a case beside this number")


class Terms(NamedTuple):
    """By what the rows of a sheet are understood."""

    columns: Columns
    cases: Names
    events: Names
    kind: Kind
    """Of what no row says the kind of."""
    needs_event: bool
    """Whether rows name events: one that does not is then refused, since it may belong to any."""
    days: Days


def lines_of(row: Row, terms: Terms) -> Iterator[Line]:
    """Yield what becomes of each number of a row that is no total, or that it has none."""
    columns = terms.columns
    numbers = {place: row.numbers[place] for place in columns.cases or (columns.fields["letters"],)}
    event = _event(row, terms)
    if all(number is None for number in numbers.values()):
        # Such a row may be a remark below the table: it is of an event only where that is known.
        known = event if isinstance(event, str) and terms.events.slugs else None
        yield Line(row.place + 1, "", "", "left out", "no number in this row", None, known)
        return
    if row.is_unclear:
        yield _refused(row, columns, columns.fields["case"], _UNCLEAR, None)
        return
    if isinstance(event, Problem):
        yield _refused(row, columns, columns.fields["event"], event, None)
        return
    said = said_of(row, columns, event, terms.days)
    if not isinstance(said, Said):
        yield _refused(row, columns, *said, event)
        return
    for place, number in numbers.items():
        if number is not None:
            yield _line(row, place, number, said, terms)


def _event(row: Row, terms: Terms) -> str | Problem | None:
    place = terms.columns.fields.get("event")
    name = None if place is None else name_in(row.cells[place])
    if name is None:
        return _NO_EVENT if terms.needs_event else None
    if isinstance(name, Problem) or terms.events.stand_for_themselves:
        return name
    return terms.events.meant_by(name)


def _line(row: Row, place: int, number: int | Problem, said: Said, terms: Terms) -> Line:
    columns = terms.columns
    if isinstance(number, Problem):
        return _refused(row, columns, place, number, said.event)
    if number == 0:
        return Line(row.place + 1, columns.headings[place], "0", "left out", "nothing to count", None, said.event)
    at = place if columns.cases else columns.fields["case"]
    named = columns.cases[place] if columns.cases else name_in(row.cells[at])
    if not named:
        return _refused(row, columns, place, _NO_CASE, said.event)
    case = named if isinstance(named, Problem) else terms.cases.meant_by(named)
    if isinstance(case, Problem):
        return _refused(row, columns, at, case, said.event)
    entry = Entry(case, str(named), said.kind or terms.kind, said.country, said.written_at, number)
    value = shown(row.cells[place])
    return Line(row.place + 1, columns.headings[place], value, "counts", event=said.event, entry=entry)


def _refused(row: Row, columns: Columns, place: int, problem: Problem, event: str | None) -> Line:
    value = shown(row.cells[place])
    return Line(row.place + 1, columns.headings[place], value, "refused", problem.why, problem.reason, event)
