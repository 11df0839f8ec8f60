"""Where a sheet's heading row is, and what each column holds: long layout or wide, titles above. Pure."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from producers.channels.sheet.grid import Grid, SheetError, Value
from producers.channels.sheet.names import Names
from producers.channels.sheet.values import Problem, number_in, shown
from producers.channels.sheet.words import meaning_of, plain, says_total
from producers.channels.source import Source

_TITLE_ROWS: Final = 30
_EVERYWHERE: Final = frozenset({"event", "city", "country", "written_at", "kind", "notes"})
_LONG: Final = frozenset({"case", "letters"})
_ONCE: Final = ("event", "country", "written_at", "kind", "case", "letters")


class Columns(NamedTuple):
    """The heading row and its columns, all from 0."""

    heading_row: int
    headings: list[str]
    fields: dict[str, int]
    """What a column says of its row -> the column."""
    cases: dict[int, str]
    """Wide layout: the column -> the case that it counts letters on. Empty in a long one."""
    sums: tuple[int, ...]
    """Wide layout: columns with each row's total."""
    notes: tuple[str, ...]


def columns_of(grid: Grid, source: Source, cases: Names) -> Columns:
    """Return the columns below the first row that names them; raises SheetError."""
    meanings = {plain(heading): meaning for heading, meaning in source.fields.items()}
    candidates = [
        (number, [shown(value) for value in row], [_meaning(shown(value), meanings, cases) for value in row])
        for number, row in enumerate(grid.rows[:_TITLE_ROWS])
    ]
    for is_heading_row in (_names_letters, _names_places):
        for number, headings, found in candidates:
            if is_heading_row(found, headings):
                return _columns(grid, number, headings, found)
    raise SheetError("missing_field", "case", "expected a row of headings: case and letters, or a column for each case")


def _meaning(heading: str, meanings: dict[str, str], cases: Names) -> str | None:
    """Return what a column holds: a field, `letters:CASE` of a case's own column, `total`, or None."""
    if not heading:
        return None
    if meaning := meanings.get(plain(heading)):
        return meaning
    if cases.is_known(heading):
        return f"letters:{heading}"
    return meaning_of(heading) or ("total" if says_total(heading) else None)


def _names_letters(found: list[str | None], _: list[str]) -> bool:
    wide = sum(bool(meaning and meaning.startswith("letters:")) for meaning in found)
    return set(found) >= _LONG or wide > 1 or (wide == 1 and bool(set(found) & (_EVERYWHERE | {"total"})))


def _names_places(found: list[str | None], headings: list[str]) -> bool:
    """Return whether this may be a heading row all the same: one field is named, and something else."""
    return bool(set(found) & (_EVERYWHERE | _LONG)) and sum(map(bool, headings)) > 1


def _columns(grid: Grid, number: int, headings: list[str], found: list[str | None]) -> Columns:
    below = grid.rows[number + 1 :]
    missing = max((len(row) for row in below), default=0) - len(headings)
    headings, found = headings + [""] * missing, found + [None] * missing
    places = _fields(headings, found)
    own = {place: m.removeprefix("letters:") for place, m in enumerate(found) if m and m.startswith("letters:")}
    is_long = set(places) >= _LONG
    if is_long and own:
        raise SheetError("bad_value", headings[min(own)], "expected a case column or a column for each case, not both")
    if not is_long and "case" in places:
        raise SheetError("missing_field", "letters", "expected a column that says how many letters")
    if not is_long:
        if "event" not in places and not headings[0] and any(map(_is_text, _column(below, 0))):
            places["event"], found[0] = 0, "event"  # what names the rows of a table often stands under nothing
        own |= _numbers(below, headings, found)
        if not own:
            raise SheetError("missing_field", "case", "expected a column that says which case, or one for each case")
    sums = () if is_long else tuple(place for place, meaning in enumerate(found) if meaning in {"total", "letters"})
    silent = [headings[p] for p, meaning in enumerate(found) if meaning is None and p not in own and headings[p]]
    above = (f"headings in row {number + 1}",) if number else ()
    notes = (f"columns not read: {', '.join(silent)}",) if silent else ()
    return Columns(number, headings, places, own, sums, above + notes)


def _fields(headings: list[str], found: list[str | None]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, meaning in enumerate(found):
        if meaning in _ONCE and meaning in places:
            said = f"two columns say {meaning}: rename one, or name it in the source's fields"
            raise SheetError("bad_value", headings[place], said)
        if meaning and not meaning.startswith("letters:"):
            places.setdefault(meaning, place)
    return places


def _numbers(below: list[list[Value]], headings: list[str], found: list[str | None]) -> dict[int, str]:
    """Return the columns of numbers under headings that nobody knows: cases with a typo, or of a source without names.

    Without a heading, it is a column of a case without a name, so that its numbers are refused and not passed over.
    """
    unread = [place for place, meaning in enumerate(found) if meaning is None]
    return {place: headings[place] for place in unread if any(map(_is_number, _column(below, place)))}


def _column(rows: list[list[Value]], place: int) -> Iterable[Value]:
    return (row[place] for row in rows if place < len(row))


def _is_number(value: Value) -> bool:
    return isinstance(number_in(value), int)


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and isinstance(number_in(value), Problem)
