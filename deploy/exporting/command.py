"""`tally export`: letters of a campaign as a file for others, registered."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.exporting.asked import Asked
from deploy.exporting.csv_rows import csv_rows
from deploy.exporting.heading import heading_of
from deploy.exporting.jsonl_rows import jsonl_rows
from deploy.exporting.parquet_rows import parquet_rows
from deploy.exporting.reading import Counted, ReadingError, counted
from deploy.exporting.registering import register
from deploy.exporting.rows import Format
from deploy.exporting.whole import whole_file
from deploy.exporting.xlsx_rows import xlsx_rows
from deploy.exporting.zone import zone_of
from schemas.environment import read_environment
from schemas.migrations import check_tables, connect
from schemas.tally import SCOPES

FORMATS: Final[dict[str, Format]] = {
    "csv": csv_rows,
    "parquet": parquet_rows,
    "xlsx": xlsx_rows,
    "jsonl": jsonl_rows,
}
_STREAMS: Final = ("csv", "jsonl")
"""Formats that may go to standard output."""
_ANSWER_SECONDS: Final = 600
_DAY: Final = ["%Y-%m-%d"]


def export(
    campaign: Annotated[str, typer.Argument(help="The campaign, such as w4r-2026.")],
    *,
    form: Annotated[Literal["csv", "parquet", "xlsx", "jsonl"], typer.Option("--format", help="Of the file.")] = "csv",
    what: Annotated[
        Literal["reports", "days", "totals"], typer.Option(help="Reports one by one, sums by day, or sums.")
    ] = "totals",
    scope: Annotated[
        list[str] | None, typer.Option(help=f"Of sums, only one of {', '.join(SCOPES)}; may be said several times.")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="The first day of arrival.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="The last day of arrival.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file; - is standard output.")] = None,
) -> None:
    """Write letters of a campaign to a file, and register what was given out, so that it can be found again.

    Days are those of the campaign's time zone. docs/exports.md says what is in the files.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that no half file stays
    to = None if output is None or str(output) == "-" else output
    if to is None and form not in _STREAMS:
        sys.exit(f"-o: {form} needs a file: standard output takes {' and '.join(_STREAMS)}")
    if scope and what == "reports":
        sys.exit("--scope: reports are not sums: leave it out, or ask for --what days or --what totals")
    if unknown := set(scope or ()) - set(SCOPES):
        sys.exit(f"--scope: {', '.join(sorted(unknown))}: expected one of {', '.join(SCOPES)}")
    if since and until and until < since:
        sys.exit("--to: expected --from or a later day")
    with closing(connect(read_environment().clickhouse.get_secret_value(), _ANSWER_SECONDS)) as client:
        check_tables(client)
        days = (since.date() if since else None, until.date() if until else None)
        asked = Asked(campaign, what, zone_of(client, campaign), *days)
        try:
            _export(client, asked, FORMATS[form], to, scope)
        except ReadingError as error:
            sys.exit(f"{error}.")
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more can be said there
            sys.exit("Who read standard output went away: nothing was registered.")
        except OSError as error:
            sys.exit(f"-o: {error.filename or to or 'standard output'}: {error.strerror}: nothing was written.")


def _export(client: Client, asked: Asked, form: Format, to: Path | None, scopes: list[str] | None) -> None:
    with ExitStack() as open_ones:
        file = open_ones.enter_context(whole_file(to)) if to else sys.stdout.buffer
        answer = open_ones.enter_context(counted(client, asked))
        _write(answer, form, file, scopes)
        file.flush()
        register(client, answer)
    known = answer.known
    typer.echo(
        f"{known.letters:,} letters in {known.reports:,} reports of {asked.campaign}, as of {known.as_of:%Y-%m-%d %H:%M:%S}"
        f" UTC, in {to or 'standard output'}: publication {known.publication_id}.",
        err=True,
    )


def _write(answer: Counted, form: Format, file: BinaryIO, scopes: list[str] | None) -> None:
    heading = heading_of(answer.asked, answer.known)
    if scopes:
        heading = {**heading, "scopes": ", ".join(scopes)}
    with form(file, heading, answer.schema) as write:
        for rows in _shown(answer):
            write(_of_scopes(rows, scopes) if scopes else rows)


def _of_scopes(rows: pa.RecordBatch, scopes: list[str]) -> pa.RecordBatch:
    return rows.filter(pc.is_in(rows["scope"].cast(pa.string()), pa.array(scopes)))


def _shown(answer: Counted) -> Iterator[pa.RecordBatch]:
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
