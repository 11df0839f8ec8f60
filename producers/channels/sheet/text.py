"""A text file of cells -> its rows: which characters, which separator. Pure."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from typing import Final

from producers.channels.sheet.grid import MOST_ROWS, Grid, SheetError, Value, trimmed

_SEPARATORS: Final = (";", "\t", ",", "|")
_NAMES: Final = {";": "semicolons", "\t": "tabs", ",": "commas", "|": "bars"}
_SAMPLE_ROWS: Final = 100


def grid_of_text(body: bytes) -> Grid:
    """Return the rows of a CSV file; raises SheetError."""
    text, charset = _decoded(body)
    if "\x00" in text:
        raise SheetError("unreadable", None, "expected CSV or XLSX, found bytes that are neither")
    said = ""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == len("sep=;"):
        said, text = first.strip()[-1], "\n" + rest  # the row stays, empty: what is shown has the file's row numbers
    separator = said or _separator_of(text)
    rows: list[list[Value]] = [list(row) for row in islice(_parsed(text, separator), MOST_ROWS + 1)]
    notes = (f"read as {charset}, separated by {_NAMES.get(separator, repr(separator))}",)
    return Grid(trimmed(rows), {}, notes)


def _decoded(body: bytes) -> tuple[str, str]:
    """Return the text and how its characters were read; Windows-1252 only where it can't be UTF-8."""
    try:
        if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return body.decode("utf-16"), "UTF-16"
        return body.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return body.decode("cp1252"), "Windows-1252, since it is not UTF-8: check that names look right"
    except UnicodeDecodeError:
        raise SheetError("unreadable", None, "expected CSV in UTF-8, UTF-16 or Windows-1252, or XLSX") from None


def _separator_of(text: str) -> str:
    """Return the separator that cuts the most rows into the same number of cells."""

    def agreement(separator: str) -> tuple[int, int]:
        try:
            rows = list(islice(_parsed(text, separator), _SAMPLE_ROWS))
        except SheetError:
            return (0, 0)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return (times, width)

    best = max(_SEPARATORS, key=agreement)
    return best if agreement(best) > (0, 0) else ","


def _parsed(text: str, separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        raise SheetError("unreadable", None, f"expected cells of at most {csv.field_size_limit()} characters") from None
