"""What spreadsheets make of exports: texts stay texts, and long tables go on."""

import csv
from datetime import date
from pathlib import Path
from random import Random

import openpyxl
import pytest
from clickhouse_connect.driver.client import Client

from deploy.exporting import xlsx_rows
from deploy.exporting.asked import Asked
from deploy.exporting.command import FORMATS
from deploy.exporting.giving import give_out
from tests.deploy.exporting.readers import read_back
from tests.sinks.clickhouse.history import seasons_history, store_history

_ODD = """INSERT INTO letter_reports
SELECT
    generateUUIDv4(), 0, false, NULL, 'w4r-2026', said, said, 'FR', said, said, 'letter', 1, NULL, now64(3), 1, 0, 1, 1
FROM (SELECT arrayJoin(['=1+1', '+1', '-1', '@SUM(A1)', '\\t=1', '\\r=1', 'a,"b"']) AS said)"""


def test_no_cell_of_csv_is_a_formula(tables: Client, tmp_path: Path) -> None:
    """Whatever texts the letters have, and in the heading too, no cell begins as a formula does; the text is kept."""
    tables.command(_ODD)
    for what in ("reports", "totals"):
        file = tmp_path / f"{what}.csv"
        give_out(tables, Asked("w4r-2026", what, "UTC", date(2020, 1, 1)), FORMATS["csv"], file)  # type: ignore[arg-type]  # one of them
        with file.open(newline="") as lines:
            cells = {cell for line in csv.reader(lines) for cell in line}
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert cells >= {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", 'a,"b"'}


def test_no_cell_of_xlsx_is_a_formula(tables: Client, tmp_path: Path) -> None:
    """A text of a sheet is a text, as it was said."""
    tables.command(_ODD)
    file = tmp_path / "rows.xlsx"
    give_out(tables, Asked("w4r-2026", "reports"), FORMATS["xlsx"], file)
    sheet = openpyxl.load_workbook(file)["rows 1"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert {"=1+1", "+1", "-1", "@SUM(A1)"} <= {cell.value for cell in cells}


def test_what_a_sheet_cannot_hold_goes_on_to_the_next(
    tables: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sheet has the names of the columns, and all sheets together every row once, in order."""
    store_history(tables, seasons_history(Random(7), 300))
    asked = Asked("w4r-2026", "reports")
    give_out(tables, asked, FORMATS["csv"], tmp_path / "rows.csv")
    _, rows = read_back(tmp_path / "rows.csv")
    monkeypatch.setattr(xlsx_rows, "MOST_ROWS", 11)
    give_out(tables, asked, FORMATS["xlsx"], tmp_path / "rows.xlsx")
    book = openpyxl.load_workbook(tmp_path / "rows.xlsx", read_only=True)
    assert book.sheetnames == ["about", *(f"rows {number + 1}" for number in range(-(-len(rows) // 10)))]
    book.close()
    assert read_back(tmp_path / "rows.xlsx")[1] == rows
    assert len(rows) > 40
