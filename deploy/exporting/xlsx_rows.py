"""XLSX: the heading on a sheet of its own, the rows on as many as they need."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from deploy.exporting.columns import tuples
from deploy.exporting.heading import Heading
from deploy.exporting.rows import Write

MOST_ROWS: Final = 1_048_576
"""What a sheet can hold, its line of names included."""


class _Sheets:
    """Sheets of rows; the next is begun when one is full."""

    def __init__(self, book: Workbook, names: list[str]) -> None:
        self._book, self._names = book, names
        self._count = 0
        self._begin()

    def write(self, rows: pa.RecordBatch) -> None:
        for row in tuples(rows):
            if self._row == MOST_ROWS:
                self._begin()
            _write_row(self._sheet, self._row, row)
            self._row += 1

    def _begin(self) -> None:
        self._count += 1
        self._sheet = self._book.add_worksheet(f"rows {self._count}")
        self._sheet.freeze_panes(1, 0)
        _write_row(self._sheet, 0, self._names)
        self._row = 1


@contextmanager
def xlsx_rows(file: BinaryIO, heading: Heading, schema: pa.Schema) -> Iterator[Write]:
    """Write XLSX; what waits to be packed lies beside the file, not in memory."""
    with TemporaryDirectory(prefix=".tally-export-", dir=Path(file.name).parent) as folder:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        book.use_zip64()
        about = book.add_worksheet("about")
        about.set_column(0, 1, 24)
        for number, pair in enumerate(heading.items()):
            _write_row(about, number, pair)
        yield _Sheets(book, schema.names).write
        try:
            book.close()
        except FileCreateError as error:  # what it makes of an OSError, such as of a full disk
            raise error.args[0] from error


def _write_row(sheet: Worksheet, number: int, row: Any) -> None:  # noqa: ANN401 (a row of anything)
    for column, value in enumerate(row):
        if isinstance(value, str):
            sheet.write_string(number, column, value)  # never a formula, whatever it begins with
        elif value is not None:
            sheet.write_number(number, column, value)
