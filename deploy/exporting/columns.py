"""Columns of rows as the formats want them. Pure."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_AT_ONCE: Final = 8192
Change = Callable[[pa.Array], pa.Array]


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema of `plain` rows."""
    return pa.schema([field.with_type(_plain_type(field.type)) for field in schema])


def plain(rows: pa.RecordBatch, change: Change = lambda texts: texts) -> pa.RecordBatch:
    """Return rows without dictionaries, their texts changed; of a dictionary each text is changed once."""
    columns = [_plain(column, change) for column in rows.columns]
    return pa.RecordBatch.from_arrays(columns, schema=plain_schema(rows.schema))


def tuples(rows: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """Yield the rows as Python's values, moments as texts of ISO 8601 with a Z; few at a time are in memory."""
    for start in range(0, rows.num_rows, _AT_ONCE):
        some = plain(rows.slice(start, _AT_ONCE))
        yield from zip(*(_moments(column).to_pylist() for column in some.columns), strict=True)


def _plain_type(of: pa.DataType) -> pa.DataType:
    return of.value_type if pa.types.is_dictionary(of) else of


def _plain(column: pa.Array, change: Change) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return change(column.dictionary).take(column.indices)
    return change(column) if pa.types.is_string(column.type) else column


def _moments(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    return pc.cast(column, pa.string()) if pa.types.is_date(column.type) else column
