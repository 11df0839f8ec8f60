"""JSON Lines: the heading as the first line's object, then an object a row."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import orjson
import pyarrow as pa

from deploy.exporting.columns import tuples
from deploy.exporting.heading import Heading
from deploy.exporting.rows import Write


@contextmanager
def jsonl_rows(file: BinaryIO, heading: Heading, schema: pa.Schema) -> Iterator[Write]:
    """Write JSON Lines."""
    names = schema.names

    def write(rows: pa.RecordBatch) -> None:
        lines = [orjson.dumps(dict(zip(names, row, strict=True))) for row in tuples(rows)]
        file.write(b"\n".join(lines) + b"\n")

    file.write(orjson.dumps({"heading": heading}) + b"\n")
    yield write
