"""Rows of an answer into a file of a format, registered once all are there."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.exporting.asked import Asked
from deploy.exporting.heading import heading_of
from deploy.exporting.reading import Counted, Known, counted
from deploy.exporting.registering import register
from deploy.exporting.rows import Format
from deploy.exporting.whole import settle, whole_file
from schemas.tally import Scope


def give_out(client: Client, asked: Asked, form: Format, to: Path | None, scopes: Sequence[Scope | str] = ()) -> Known:
    """Write what is asked for, of sums only those of the scopes if any are named; None is standard output.

    The file takes its name once all was read, proven, written to the disk and registered. Raises ReadingError or
    OSError, and then there is no file.
    """
    with ExitStack() as open_ones:
        file = open_ones.enter_context(whole_file(to)) if to else sys.stdout.buffer
        answer = open_ones.enter_context(counted(client, asked))
        _write(answer, form, file, scopes)
        settle(file)
        register(client, answer)
    return answer.known


def _write(answer: Counted, form: Format, file: BinaryIO, scopes: Sequence[str]) -> None:
    heading = dict(heading_of(answer.asked, answer.known))
    if scopes:
        heading["scopes"] = ", ".join(scopes)
    with form(file, heading, answer.schema) as write:
        for rows in _watched(answer):
            write(_of_scopes(rows, scopes) if scopes else rows)


def _of_scopes(rows: pa.RecordBatch, scopes: Sequence[str]) -> pa.RecordBatch:
    return rows.filter(pc.is_in(rows["scope"].cast(pa.string()), pa.array(scopes)))


def _watched(answer: Counted) -> Iterator[pa.RecordBatch]:
    """Yield all rows; of reports, a terminal is shown how many came."""
    console = Console(stderr=True)
    if answer.asked.what != "reports" or not console.is_terminal:
        yield from answer.rows()
        return
    with Progress(
        TextColumn("reports"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("reports", total=answer.known.reports)
        for rows in answer.rows():
            yield rows
            progress.advance(task, rows.num_rows)
