"""`tally import`: an organiser's sheet, shown cell by cell, then sent through a collector like any other delivery."""

import mimetypes
import os
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.events import known_events
from producers.channels.sheet.preview import COLUMNS, Preview, table_of
from producers.channels.sheet.read import preview_of
from producers.sources import Configured, load_sources, source_now
from schemas.catalogue import load_catalogue
from schemas.environment import read_environment

_console: Final = Console(highlight=False)
_MOST_SHOWN: Final = 200


def import_sheet(
    sheet: Annotated[Path, typer.Argument(help="A CSV or XLSX file.", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="The configured source (channel sheet) that it is of.")],
    collector: Annotated[str, typer.Option(help="The collector's address.")] = "http://127.0.0.1:8000",
    yes: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,  # noqa: FBT002 (a flag)
) -> None:
    """Show what a sheet would count and what not, and why; then send it.

    The same sheet sent twice counts once; sent again after a correction, it replaces what it said before. Exit
    status 1 if anything in it was refused, or nothing was sent.
    """
    environment = read_environment()
    if environment.sources is None:
        sys.exit("TALLY_SOURCES: expected a source's .toml, or a folder of them")
    catalogue = load_catalogue(environment.campaigns)
    known = load_sources(environment.sources, catalogue, os.environ)
    configured = known.get(source)
    if configured is None or configured.source.channel != "sheet":
        sheets = ", ".join(name for name, one in known.items() if one.source.channel == "sheet")
        sys.exit(f"--source: expected a source of the channel sheet: {sheets or 'none is configured'}")
    body = sheet.read_bytes()
    source_today = source_now(configured, known_events(collector, catalogue))
    preview = preview_of(body, source_today, time.time_ns() // 1_000_000)
    _show(preview)
    if not yes and not typer.confirm("Send it?"):
        sys.exit("Nothing was sent.")
    with _console.status(f"Sending to {collector}"):
        answer = _send(sheet, body, configured, collector)
    _console.print(
        f"Counted: {answer['counted']} reports; taken back: {answer['withdrawn']}; held: {answer['held']}; "
        f"refused: {len(answer['rejected'])}."
    )
    if answer["rejected"]:
        sys.exit("What was refused is not counted: mend it and send the sheet again.")


def _show(preview: Preview) -> None:
    table = Table(*COLUMNS)
    for row in islice(table_of(preview), _MOST_SHOWN):
        table.add_row(*map(Text, row))  # the sender's own texts, never markup
    _console.print(table)
    if len(preview.lines) > _MOST_SHOWN:
        _console.print(f"and {len(preview.lines) - _MOST_SHOWN} rows more")
    for note in preview.notes:
        _console.print(Text(note))
    refused = sum(line.outcome == "refused" for line in preview.lines)
    _console.print(f"It would count {preview.letters:,} letters; {refused} cells are refused.")


def _send(sheet: Path, body: bytes, configured: Configured, collector: str) -> dict[str, list[object]]:
    content_type = mimetypes.guess_type(sheet.name)[0] or "text/csv"
    headers = {"Authorization": f"Bearer {configured.secrets[0]}", "Content-Type": content_type}
    url = f"{collector}/v1/channels/{configured.source.source}"
    try:
        answer = httpx.post(url, content=body, headers=headers, timeout=60)
    except httpx.HTTPError as error:
        sys.exit(f"The collector at {collector} does not answer ({type(error).__name__}): nothing is known to be sent")
    if answer.status_code != httpx.codes.OK:
        told = answer.json()
        sys.exit(f"The collector refuses it: {told.get('detail')} {told.get('remedy', '')}")
    taken: dict[str, list[object]] = answer.json()
    return taken
