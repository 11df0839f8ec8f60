"""Each number of a sheet: what it counts, or why it does not. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from producers.channels.sheet.cases import Cases
from producers.channels.sheet.columns import Columns
from producers.channels.sheet.preview import Entry, Line
from producers.channels.sheet.rows import Row, Said, said_of
from producers.channels.sheet.values import Problem, name_in, shown
from schemas.report import Kind

_NO_CASE = Problem("missing_field", "expected a case beside this number")


class Terms(NamedTuple):
    """By what the rows of a sheet are understood."""

    columns: Columns
    cases: Cases
    kind: Kind
    """Of what no row says the kind of."""
    needs_event: bool
    """Whether rows name events: one that does not is then refused, since it may belong to any."""


def lines_of(row: Row, terms: Terms) -> Iterator[Line]:
    """Yield what becomes of each number of a row that is no total, or that it has none."""
    columns = terms.columns
    numbers = {place: row.numbers[place] for place in columns.cases or (columns.fields["letters"],)}
    said = said_of(row, columns, needs_event=terms.needs_event)
    if all(number is None for number in numbers.values()):
        yield Line(row.place + 1, "", "", "left out", "no number in this row", None, _event(row, columns))
    elif isinstance(said, Said):
        for place, number in numbers.items():
            if number is not None:
                yield _line(row, place, number, said, terms)
    else:
        yield _refused(row, columns, *said, _event(row, columns))


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
    case = named if isinstance(named, Problem) else terms.cases.case_of(named)
    if isinstance(case, Problem):
        return _refused(row, columns, at, case, said.event)
    entry = Entry(case, str(named), said.kind or terms.kind, said.country, said.written_at, number)
    value = shown(row.cells[place])
    return Line(row.place + 1, columns.headings[place], value, "counts", event=said.event, entry=entry)


def _refused(row: Row, columns: Columns, place: int, problem: Problem, event: str | None) -> Line:
    value = shown(row.cells[place])
    return Line(row.place + 1, columns.headings[place], value, "refused", problem.why, problem.reason, event)


def _event(row: Row, columns: Columns) -> str | None:
    place = columns.fields.get("event")
    name = None if place is None else name_in(row.cells[place])
    return name if isinstance(name, str) else None
