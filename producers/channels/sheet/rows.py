"""The rows below a heading row: which say sums, and what each of the others says. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from producers.channels.sheet.columns import Columns
from producers.channels.sheet.grid import Grid, SheetError, Value, is_blank
from producers.channels.sheet.names import Names
from producers.channels.sheet.values import Problem, day_in, name_in, number_in, shown
from producers.channels.sheet.words import is_total, kind_named, meaning_of, says_total
from producers.countries import EXPECTED, country_meant
from producers.written import expected_of
from schemas.catalogue import Campaign
from schemas.report import Kind

_MERGED = Problem("bad_value", "this cell is merged with others: write each number into a cell of its own")
_NO_COUNTRY = Problem("bad_value", EXPECTED)
_NO_KIND = Problem("bad_value", "expected letter, email, card, signature, post or solidarity")


class Row(NamedTuple):
    """One row, from 0, with every number in it by column; None where nothing stands."""

    place: int
    is_total: bool
    is_unclear: bool
    """Whether it begins like a total and names a case, as a total does not: an event may be called so."""
    numbers: Mapping[int, int | Problem | None]
    cells: Mapping[int, Value]


class Said(NamedTuple):
    """What a row says about each of its numbers."""

    event: str | None
    country: str | None
    kind: Kind | None
    written_at: datetime | None


class Days(NamedTuple):
    """Which days can be meant: those of the campaign, where it is known, as of the moment of sending."""

    campaign: Campaign | None
    sent_at: datetime

    def problem_of(self, day: datetime) -> Problem | None:
        """Return why that day can't be meant."""
        expected = self.campaign and expected_of(day, self.campaign, self.sent_at)
        return Problem("bad_value", expected) if expected else None


def rows_of(grid: Grid, columns: Columns, cases: Names) -> list[Row]:
    """Return the rows below the headings that say anything; raises SheetError where another table begins."""
    counted = (*columns.cases, *columns.sums) if columns.cases else (columns.fields["letters"],)
    rows = []
    for place in range(columns.heading_row + 1, len(grid.rows)):
        values = grid.rows[place]
        if all(is_blank(value) for value in values):
            continue
        cells = {column: _said(grid, columns, place, column) for column in range(len(columns.headings))}
        label = next((shown(v) for v in values if isinstance(v, str) and isinstance(number_in(v), Problem)), "")
        numbers = {column: _number(grid, place, column) for column in counted}
        for column, number in numbers.items():
            if isinstance(number, Problem) and _is_heading(shown(values[column]), cases):
                said = f"row {place + 1}: another table begins here: send each in a file of its own"
                raise SheetError("bad_value", columns.headings[column], said)
        names_case = _names_case(cells.get(columns.fields.get("case", -1)))
        is_sum = is_total(label) or (says_total(label) and not names_case)
        rows.append(Row(place, is_sum, says_total(label) and not is_sum, numbers, cells))
    return rows


def said_of(row: Row, columns: Columns, event: str | None, days: Days) -> Said | tuple[int, Problem]:
    """Return what a row of that event says beside its numbers, or the column that can't be understood, and why."""
    found: dict[str, str | None] = {}
    for field in ("country", "kind"):
        column = columns.fields.get(field)
        name = None if column is None else name_in(row.cells[column])
        if isinstance(name, Problem) and column is not None:
            return column, name
        found[field] = name if isinstance(name, str) else None
    kind = kind_named(found["kind"]) if found["kind"] else None
    if found["kind"] and not kind:
        return columns.fields["kind"], _NO_KIND
    column = columns.fields.get("written_at")
    day = None if column is None else day_in(row.cells[column])
    if isinstance(day, datetime):
        day = days.problem_of(day) or day
    if isinstance(day, Problem) and column is not None:
        return column, day
    country = country_meant(found["country"]) if found["country"] else None
    if found["country"] and not country:
        return columns.fields["country"], _NO_COUNTRY
    return Said(event, country, kind, day if isinstance(day, datetime) else None)


def _said(grid: Grid, columns: Columns, place: int, column: int) -> Value:
    """Return the value of a cell, or of the one that it is merged with below the headings."""
    top, left = grid.merged.get((place, column), (place, column))
    if top <= columns.heading_row:
        top, left = place, column
    return grid.rows[top][left] if left < len(grid.rows[top]) else None


def _number(grid: Grid, place: int, column: int) -> int | Problem | None:
    if column >= len(grid.rows[place]):
        return None
    top, left = grid.merged.get((place, column), (place, column))
    if (place, column) in grid.merged and not is_blank(grid.rows[top][left]):
        return _MERGED
    return number_in(grid.rows[place][column])


def _names_case(value: Value) -> bool:
    return not is_blank(value) and not says_total(shown(value))


def _is_heading(said: str, cases: Names) -> bool:
    return meaning_of(said) is not None or cases.is_known(said) or says_total(said)
