"""Every format read back, by libraries that have nothing to do with how it was written where there are any."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import orjson
from pyarrow import parquet

Row = dict[str, Any]
_NUMBERS = ("letters", "reports", "campaign_day")


def read_back(file: Path) -> tuple[Row, list[Row]]:
    """Return heading and rows: numbers as numbers, moments as aware datetimes or None, all else as texts."""
    heading, rows = _READERS[file.suffix](file)
    return heading, [{name: _value(name, value) for name, value in row.items()} for row in rows]


def _csv(file: Path) -> tuple[Row, list[Row]]:
    lines = file.read_text().splitlines()
    comments = [line[2:].split(": ", 1) for line in lines if line.startswith("# ")]
    return dict(comments), list(csv.DictReader(lines[len(comments) :]))  # type: ignore[arg-type]  # pairs


def _parquet(file: Path) -> tuple[Row, list[Row]]:
    table = parquet.read_table(file)
    return {name.decode(): value.decode() for name, value in table.schema.metadata.items()}, table.to_pylist()


def _jsonl(file: Path) -> tuple[Row, list[Row]]:
    heading, *rows = map(orjson.loads, file.read_bytes().splitlines())
    return heading["heading"], rows


def _xlsx(file: Path) -> tuple[Row, list[Row]]:
    book = openpyxl.load_workbook(file, read_only=True)
    heading = {str(name): value for name, value in book["about"].iter_rows(values_only=True)}
    rows: list[Row] = []
    for name in book.sheetnames[1:]:
        names, *said = book[name].iter_rows(values_only=True)
        rows += [dict(zip(map(str, names), row, strict=True)) for row in said]
    book.close()
    return heading, rows


_READERS = {".csv": _csv, ".parquet": _parquet, ".jsonl": _jsonl, ".xlsx": _xlsx}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 (as the format has it)
    if name in _NUMBERS:
        return int(value)
    if name.endswith("_at"):
        return datetime.fromisoformat(value) if isinstance(value, str) and value else value or None
    return str(value)
