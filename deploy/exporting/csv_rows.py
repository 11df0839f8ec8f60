"""CSV: the heading as comment lines, then a line of names, then the rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from deploy.exporting.columns import plain, plain_schema
from deploy.exporting.heading import Heading
from deploy.exporting.rows import Write

_FORMULA: Final = r"^([=+\-@\t\r])"


@contextmanager
def csv_rows(file: BinaryIO, heading: Heading, schema: pa.Schema) -> Iterator[Write]:
    """Write CSV; a text that a spreadsheet would run as a formula gets an apostrophe before it."""
    file.writelines(f"# {name}: {value}\n".encode() for name, value in heading.items())
    with csv.CSVWriter(file, plain_schema(schema)) as writer:
        yield lambda rows: writer.write_batch(plain(rows, _as_text))


def _as_text(texts: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(texts, _FORMULA, r"'\1")
