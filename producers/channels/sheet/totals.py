"""Rows and columns of totals: a sum that disagrees with its numbers means that one of them is wrong. Pure."""

from typing import Final

from producers.channels.sheet.columns import Columns
from producers.channels.sheet.preview import Line
from producers.channels.sheet.rows import Row
from producers.channels.sheet.values import Problem, shown

_A_SUM_OF: Final = 2
"""Rows that a last row is the sum of by no accident."""


def disagreements(rows: list[Row], columns: Columns, *, has_events: bool) -> list[Line]:
    """Return a refusal for each total that disagrees, and for a last row that is a sum and does not say so."""
    counted = tuple(columns.cases) or (columns.fields["letters"],)
    plain = [row for row in rows if not row.is_total]
    found = [line for row in plain for place in columns.sums if (line := _row_total(row, place, counted, columns))]
    for place in (*counted, *columns.sums):
        found += _column_totals(rows, place, counted, columns)
    if columns.cases and not has_events and _is_sum(plain, counted):
        why = "this row is the sum of those above: write Total beside it, or leave it out"
        found.append(Line(plain[-1].place + 1, "", "", "refused", why, "bad_value"))
    return sorted(found)


def _row_total(row: Row, place: int, counted: tuple[int, ...], columns: Columns) -> Line | None:
    total = _sum(row, counted)
    said = row.numbers[place]
    if said is None or total is None or said == total:
        return None
    return _refused(row, place, columns, f"the numbers of this row add up to {total}")


def _column_totals(rows: list[Row], place: int, counted: tuple[int, ...], columns: Columns) -> list[Line]:
    """Check each total of a column: it may be the sum since the last total, of all above, or of all there are."""
    added = counted if place in columns.sums else (place,)
    sums = [0 if row.is_total else _sum(row, added) for row in rows]
    readable = [number for number in sums if number is not None]
    if len(readable) < len(sums):
        return []  # a number that can't be read is refused for itself, and with it the sums can't be checked
    found, since = [], 0
    for number, row in enumerate(rows):
        if not row.is_total:
            since += readable[number]
            continue
        said = row.numbers[place]
        above = sum(readable[:number])
        if said is not None and said not in {since, above, sum(readable), *_alone(row, rows, counted)}:
            found.append(_refused(row, place, columns, f"the numbers above add up to {above}"))
        since = 0
    return found


def _alone(row: Row, rows: list[Row], counted: tuple[int, ...]) -> set[int]:
    """Return the sum of the whole sheet where the row says just one number, which may stand in any column."""
    if sum(said is not None for said in row.numbers.values()) > 1:
        return set()
    return {sum(_sum(other, counted) or 0 for other in rows if not other.is_total)}


def _sum(row: Row, counted: tuple[int, ...]) -> int | None:
    numbers = [row.numbers[place] or 0 for place in counted]
    whole = [number for number in numbers if not isinstance(number, Problem)]
    return sum(whole) if len(whole) == len(numbers) else None


def _is_sum(rows: list[Row], counted: tuple[int, ...]) -> bool:
    above, last = rows[:-1], rows[-1:]
    if len(above) < _A_SUM_OF or not any(row.numbers[place] for row in last for place in counted):
        return False
    return all((row.numbers[place] or 0) == _whole(above, place) for row in last for place in counted)


def _whole(rows: list[Row], place: int) -> int | None:
    sums = [_sum(row, (place,)) for row in rows]
    return None if None in sums else sum(number or 0 for number in sums)


def _refused(row: Row, place: int, columns: Columns, why: str) -> Line:
    said = row.numbers[place]
    why = said.why if isinstance(said, Problem) else f"this total says {said}, but {why}: mend one of them"
    return Line(row.place + 1, columns.headings[place], shown(row.cells[place]), "refused", why, "bad_value")
