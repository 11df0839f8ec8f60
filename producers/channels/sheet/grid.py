"""A sheet as rows of cells, whatever file it came in, and the bounds of what is read. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from schemas.rejection import Reason

Value = str | int | float | bool | datetime | date | time | timedelta | None
MOST_ROWS: Final = 5000
MOST_COLUMNS: Final = 200
MOST_MERGED: Final = 20_000
NOT_COMPUTED: Final = "#NOT-COMPUTED!"
"""What a formula says that no program has computed; it looks like a spreadsheet's own errors, and is refused as they are."""  # noqa: E501


class SheetError(Exception):
    """The sheet as a whole can't be read: a reason of the closed list, the heading concerned, what was expected."""

    def __init__(self, reason: Reason, field: str | None, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.field = field
        self.detail = detail


class Grid(NamedTuple):
    """The cells of one sheet: row 1 stands at index 0, as does column 1."""

    rows: list[list[Value]]
    merged: Mapping[tuple[int, int], tuple[int, int]]
    """(row, column) of every cell that is merged with others -> that of the one which holds their value; from 0."""
    notes: tuple[str, ...]
    """How the file was read, as far as it could be doubted."""


def trimmed(rows: list[list[Value]]) -> list[list[Value]]:
    """Return the rows up to the last one that says something; raises SheetError where they are too many."""
    while rows and all(is_blank(value) for value in rows[-1]):
        rows.pop()
    if len(rows) > MOST_ROWS or any(not is_blank(value) for row in rows for value in row[MOST_COLUMNS:]):
        raise too_wide_or_long()
    return rows


def too_wide_or_long() -> SheetError:
    """Return what is said of a sheet that goes beyond the bounds."""
    return SheetError("too_large", None, f"expected at most {MOST_ROWS} rows and {MOST_COLUMNS} columns")


def is_blank(value: Value) -> bool:
    """Return whether a cell says nothing."""
    return value is None or (isinstance(value, str) and not value.strip("\ufeff\u200e\u200f \t\r\n\xa0\u202f"))
