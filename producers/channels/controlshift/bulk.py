"""The bytes of a nightly CSV file -> its rows by column, one at a time: a full export has millions. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from producers.channels.reading import Refused

_NEEDED: Final = ("id", "petition_id")


def lines_of(body: bytes) -> Iterable[str]:
    """Return the lines of a file in UTF-8, with or without a byte order mark; raises UnicodeDecodeError."""
    return io.StringIO(body.decode("utf-8-sig"), newline="")


def rows_of(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, str] | Refused]]:
    """Yield each row with its number; empty cells are left out, since a database's export writes NULL so."""
    rows = csv.reader(lines, strict=True)
    try:
        header = next(rows, [])
        for column in _NEEDED:
            if column not in header:
                yield 1, Refused(None, "missing_field", column, "this column is needed")
                return
        for row in rows:
            if len(row) != len(header):
                if row:
                    yield rows.line_num, Refused(None, "unreadable", None, _wanted(len(header), rows.line_num))
                continue
            yield rows.line_num, {column: cell for column, cell in zip(header, row, strict=True) if cell.strip()}
    except csv.Error as error:
        yield rows.line_num, Refused(None, "unreadable", None, f"expected CSV, line {rows.line_num}: {error}")


def _wanted(columns: int, line: int) -> str:
    return f"expected {columns} columns as in the header, line {line}"
