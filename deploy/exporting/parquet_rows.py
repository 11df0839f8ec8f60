"""Parquet: the heading as key-value metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import pyarrow as pa
from pyarrow import parquet

from deploy.exporting.columns import plain, plain_schema
from deploy.exporting.heading import Heading
from deploy.exporting.rows import Write

_GROUP_ROWS: Final = 500_000


@contextmanager
def parquet_rows(file: BinaryIO, heading: Heading, schema: pa.Schema) -> Iterator[Write]:
    """Write Parquet, some hundred thousand rows to a group, so that a reader can leave out groups and columns."""
    said = plain_schema(schema).with_metadata({name: str(value) for name, value in heading.items()})
    waiting: list[pa.RecordBatch] = []
    with parquet.ParquetWriter(file, said, compression="zstd") as writer:

        def write(rows: pa.RecordBatch) -> None:
            waiting.append(plain(rows))
            if sum(batch.num_rows for batch in waiting) >= _GROUP_ROWS:
                _write_group(writer, waiting)

        yield write
        if waiting:
            _write_group(writer, waiting)


def _write_group(writer: parquet.ParquetWriter, waiting: list[pa.RecordBatch]) -> None:
    writer.write_table(pa.Table.from_batches(waiting).cast(writer.schema))
    waiting.clear()
