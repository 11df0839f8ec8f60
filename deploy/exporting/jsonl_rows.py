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
        file.writelines(_line(dict(zip(names, row, strict=True))) for row in tuples(rows))

    file.write(_line({"heading": heading}))
    yield write


def _line(said: object) -> bytes:
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
