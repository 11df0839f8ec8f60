"""`tally export`: letters of a campaign as a file for others, registered."""

import os
import signal
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from deploy.exporting.asked import Asked
from deploy.exporting.csv_rows import csv_rows
from deploy.exporting.described import describe
from deploy.exporting.giving import give_out
from deploy.exporting.jsonl_rows import jsonl_rows
from deploy.exporting.parquet_rows import parquet_rows
from deploy.exporting.reading import ReadingError
from deploy.exporting.rows import Format
from deploy.exporting.xlsx_rows import xlsx_rows
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
    to = None if output is None or str(output) == "-" else output
    if why_not := _nonsense(form, what, scope, since, until, is_streamed=to is None):
        sys.exit(why_not)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that no half file stays
    with closing(connect(read_environment().clickhouse.get_secret_value(), _ANSWER_SECONDS)) as client:
        check_tables(client)
        days = (since.date() if since else None, until.date() if until else None)
        asked = Asked(campaign, what, describe(client, campaign).zone, *days)
        try:
            known = give_out(client, asked, FORMATS[form], to, scope or ())
        except ReadingError as error:
            sys.exit(f"{error}.")
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more can be said there
            sys.exit("Who read standard output went away: nothing is registered.")
        except OSError as error:
            why = error.strerror or type(error).__name__
            sys.exit(f"-o: {to or 'standard output'}: {why}: nothing is written there.")
    typer.echo(
        f"{known.letters:,} letters in {known.reports:,} reports of {campaign}, as of "
        f"{known.as_of:%Y-%m-%d %H:%M:%S} UTC, in {to or 'standard output'}: publication {known.publication_id}.",
        err=True,
    )


def _nonsense(
    form: str, what: str, scope: list[str] | None, since: datetime | None, until: datetime | None, *, is_streamed: bool
) -> str | None:
    """Return why options do not go together, and what to do."""
    if is_streamed and form not in _STREAMS:
        return f"-o: {form} needs a file: standard output takes {' and '.join(_STREAMS)}"
    if unknown := set(scope or ()) - set(SCOPES):
        return f"--scope: {', '.join(sorted(unknown))}: expected one of {', '.join(SCOPES)}"
    if scope and what == "reports":
        return "--scope: reports are not sums: leave it out, or ask for --what days or --what totals"
    if since and until and until < since:
        return "--to: expected the day of --from, or one after it"
    return None
