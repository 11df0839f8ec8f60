"""An XLSX file -> the rows of its one sheet, within a bound of memory whatever the file says of itself. Pure.

openpyxl reads row by row; calamine would be faster, but sets aside memory for the whole rectangle between the first
cell and the last, and a file of 2 KB can name cells so far apart that the process ends. openpyxl gets a copy of the
file with nothing but the parts that rows are read from, each unpacked no further than its bound.
"""

import re
import warnings
from io import BytesIO
from typing import Any, Final
from xml.etree.ElementTree import XMLParser
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from producers.channels.sheet.grid import (
    MOST_COLUMNS,
    MOST_MERGED,
    MOST_ROWS,
    NOT_COMPUTED,
    Grid,
    SheetError,
    Value,
    too_wide_or_long,
    trimmed,
)
from producers.typed_text import without_personal

MOST_UNPACKED: Final = 4 << 20
"""Of sheets and texts together; a letter-writing event's sheet has some kilobytes."""
MOST_OF_OTHERS: Final = 256 << 10
"""Of each other part, such as the styles, which tell dates from numbers."""
MOST_SHEETS: Final = 20
_CONTENT: Final = re.compile(r"xl/worksheets/[\w.-]+\.xml|xl/sharedStrings\.xml")
_OTHERS: Final = re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|xl/[\w.-]+\.xml|xl/_rels/[\w.-]+\.rels")

# It warns of what a sheet's rows do not depend on: default styles, validations, extensions.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")


def grid_of_workbook(body: bytes) -> Grid:
    """Return the rows of the one visible sheet that says something; raises SheetError."""
    try:
        return _grid(ZipFile(BytesIO(body)))
    except SheetError:
        raise
    except Exception as error:  # zipfile, expat and openpyxl raise whatever a broken file makes of them
        raise _unreadable() from error


def _grid(whole: ZipFile) -> Grid:
    reader = ExcelReader(_needed(whole), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    parts = set(reader.archive.namelist())
    sheets = [(sheet, rel.target) for sheet, rel in reader.parser.find_sheets() if rel.target in parts]
    visible = {target: sheet.name for sheet, target in sheets if sheet.state == "visible"}
    if len(sheets) > MOST_SHEETS:
        raise SheetError("too_large", None, f"expected at most {MOST_SHEETS} sheets in a file")
    found = [(name, grid) for target, name in visible.items() if (grid := _sheet(reader, name, target)).rows]
    if len(found) > 1:
        names = ", ".join(without_personal(name) for name, _ in found)
        raise SheetError(
            "bad_value", None, f"{len(found)} sheets of this file say something ({names}): send one a file"
        )
    if not found:
        raise SheetError("nothing_to_count", None, "expected a sheet that says something")
    hidden = len(sheets) - len(visible)
    notes = (f"hidden and not read: {hidden} sheets",) if hidden else ()
    return found[0][1]._replace(notes=(f"read as XLSX, sheet {found[0][0][:50]}", *notes))


def _needed(whole: ZipFile) -> BytesIO:
    """Return a copy with the parts that rows are read from; what is not in it can't be unpacked by anybody."""
    room = MOST_UNPACKED
    kept = BytesIO()
    with ZipFile(kept, "w", ZIP_STORED) as needed:
        for part in {info.filename: info for info in whole.infolist()}.values():
            if _CONTENT.fullmatch(part.filename):
                content = _unpacked(whole, part, room)
                room -= len(content)
            elif _OTHERS.fullmatch(part.filename):
                content = _unpacked(whole, part, MOST_OF_OTHERS)
            else:
                continue
            needed.writestr(part.filename, content)
    return kept


def _unpacked(whole: ZipFile, part: ZipInfo, most: int) -> bytes:
    if part.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise _unreadable()  # the others can only be unpacked as a whole
    with whole.open(part) as packed:
        content = packed.read(most + 1)  # a part may be larger than it says of itself
    if len(content) > most:
        raise SheetError("too_large", None, "too much to unpack: save the sheet alone as CSV")
    if b"<!DOCTYPE" in content or b"\x00" in content:
        raise _unreadable()  # no spreadsheet program writes one, and entities multiply
    return content


def _unreadable() -> SheetError:
    return SheetError("unreadable", None, "expected an XLSX file that spreadsheet programs open, or CSV")


def _sheet(reader: ExcelReader, name: str, target: str) -> Grid:
    with reader.archive.open(target) as part:
        scan = _Scan()
        parser = XMLParser(target=scan)  # noqa: S314 (no document type gets here, so no entities)
        while chunk := part.read(1 << 16):
            parser.feed(chunk)
        parser.close()
    if not scan.last_row:
        return Grid([], {}, ())
    sheet: Any = ReadOnlyWorksheet(reader.wb, name, target, reader.shared_strings)  # its types lack its methods
    cells = sheet.iter_rows(max_row=scan.last_row, max_col=scan.last_column, values_only=True)
    rows: list[list[Value]] = [list(row) for row in cells]
    for row, column in scan.not_computed:
        rows[row - 1][column - 1] = NOT_COMPUTED
    return Grid(trimmed(rows), _merged(scan.merges, scan.last_row, scan.last_column), ())


class _Scan:
    """What openpyxl keeps to itself: which cells are merged, which formulas have no value, how far the values go."""

    def __init__(self) -> None:
        self.merges: list[str] = []
        self.not_computed: list[tuple[int, int]] = []
        self.last_row = self.last_column = 0
        self._row = self._column = 0
        self._may_be_empty = False
        self._has_formula = self._is_value = self._has_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self._is_value = name in {"v", "is"} or (self._is_value and name in {"r", "t"})
        if name == "c":
            self._start_cell(attributes)
        elif name == "f":
            self._has_formula = True
        elif name == "row":
            self._row = int(float(attributes.get("r", self._row + 1)))
            self._column = 0
        elif name == "mergeCell":
            self.merges.append(attributes["ref"])

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if place := attributes.get("r"):
            self._row, self._column = coordinate_to_tuple(place)
        else:
            self._column += 1
        self._may_be_empty = attributes.get("t") == "str"
        self._has_formula = self._has_value = False

    def data(self, text: str) -> None:
        self._has_value = self._has_value or (self._is_value and bool(text))

    def end(self, tag: str) -> None:
        if tag.rpartition("}")[2] != "c":
            return
        lacks_value = self._has_formula and not self._has_value and not self._may_be_empty
        if not (self._has_value or lacks_value):
            return
        if self._row > MOST_ROWS or self._column > MOST_COLUMNS:
            raise too_wide_or_long()
        self.last_row = max(self.last_row, self._row)
        self.last_column = max(self.last_column, self._column)
        if lacks_value:
            self.not_computed.append((self._row, self._column))


def _merged(ranges: list[str], last_row: int, last_column: int) -> dict[tuple[int, int], tuple[int, int]]:
    merged: dict[tuple[int, int], tuple[int, int]] = {}
    room = MOST_MERGED
    for place in ranges:
        left, top, right, bottom = range_boundaries(place)
        if left is None or top is None or right is None or bottom is None:
            raise _unreadable()
        rows, columns = range(top, min(bottom, last_row) + 1), range(left, min(right, last_column) + 1)
        room -= len(rows) * len(columns) + 1
        if room < 0:
            raise SheetError("too_large", None, f"expected at most {MOST_MERGED} merged cells")
        merged |= {(row - 1, column - 1): (top - 1, left - 1) for row in rows for column in columns}
    return merged
