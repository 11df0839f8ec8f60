"""`tally import`: a file, shown as far as it would count, then sent through a collector like any other delivery."""

import mimetypes
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import rich.progress
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.events import known_events
from deploy.nightly import NightlyError, batches_of, overview_of
from deploy.sending import send
from producers.channels.reading import Draft, Refused
from producers.channels.sheet.preview import COLUMNS, Preview, table_of
from producers.channels.sheet.read import preview_of
from producers.channels.signatures import sign
from producers.sources import Configured, load_sources, source_now
from schemas.catalogue import Campaign, load_catalogue
from schemas.environment import read_environment

_console: Final = Console(highlight=False)
_MOST_SHOWN: Final = 200


def import_file(
    file: Annotated[Path, typer.Argument(help="A sheet (CSV or XLSX), or a nightly CSV.", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="The configured source that it is of: of channel sheet or controlshift.")],
    collector: Annotated[str, typer.Option(help="The collector's address.")] = "http://127.0.0.1:8000",
    yes: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,  # noqa: FBT002 (a flag)
) -> None:
    """Show what an organiser's sheet, or ControlShift's nightly file, would count and what not, and why; then send it.

    The same file sent twice counts once. A corrected sheet replaces what it said before; the nightly file adds what
    webhooks missed and takes back what was deleted. Exit status 1 if anything in it was refused, or nothing was sent.
    """
    environment = read_environment()
    if environment.sources is None:
        sys.exit("TALLY_SOURCES: expected a source's .toml, or a folder of them")
    catalogue = load_catalogue(environment.campaigns)
    known = load_sources(environment.sources, catalogue, os.environ)
    ways = {name: _WAYS[one.source.channel] for name, one in known.items() if one.source.channel in _WAYS}
    if source not in ways:
        sys.exit(f"--source: expected one of channel {' or '.join(_WAYS)}: {', '.join(ways) or 'none is configured'}")
    configured = known[source]
    if configured.channel.knowing is not None:  # a sheet names events, those registered since among them
        events = known_events(collector, catalogue, [configured.source.campaign])
        configured = replace(configured, source=source_now(configured, events))
    campaign = catalogue.campaigns[configured.source.campaign]
    ways[source](file, configured, campaign, f"{collector}/v1/channels/{source}", yes)


def _import_sheet(sheet: Path, configured: Configured, campaign: Campaign, url: str, yes: bool) -> None:  # noqa: FBT001 (as the command)
    body = sheet.read_bytes()
    preview = preview_of(body, configured.source, time.time_ns() // 1_000_000, campaign)
    _show(preview)
    if not any(isinstance(reading, Draft) for reading in preview.readings):
        sys.exit("Nothing was sent: nothing of it would count. Mend it and send the file again.")
    _ask(yes)
    content_type = mimetypes.guess_type(sheet.name)[0] or "text/csv"
    headers = {"Authorization": f"Bearer {configured.secrets[0]}", "Content-Type": content_type}
    with _console.status(f"Sending to {url}"):
        taken = Counter(_numbers(send(url, body, headers)))
    _console.print(f"Counted: {_reports(taken['counted'])}; held: {taken['held']:,}; refused: {taken['refused']:,}.")
    if taken["withdrawn"]:
        others = "of these events, on other cases or of other kinds, that the sheet does not say,"
        _say(
            f"{_reports(taken['withdrawn'])} {others} count nothing: where an earlier sheet said them, they are taken "
            "back."
        )
    _end(taken)


def _import_nightly(file: Path, configured: Configured, _: Campaign, url: str, yes: bool) -> None:  # noqa: FBT001 (as the command)
    try:
        with rich.progress.open(file, "rb", description="Reading", console=_console) as opened:
            overview = overview_of(opened, configured.source)
    except NightlyError as error:
        sys.exit(f"{file}: {error}. Nothing was sent.")
    for sentence in overview.sentences():
        _console.print(Text(sentence), soft_wrap=True)
    if not overview.signatures + overview.deletions:
        sys.exit("Nothing was sent: no row is of a petition whose number the source lists in its cases.")
    _ask(yes)
    taken: Counter[str] = Counter()
    with rich.progress.open(file, "rb", description="Sending", console=_console) as opened:
        for body in batches_of(opened, configured.source):
            signed = f"sha256:{sign(configured.secrets[0], body).hex()}"
            headers = {"x-controlshift-webhook-signature": signed, "Content-Type": "text/csv"}
            taken.update(_numbers(send(url, body, headers)))
    taken["refused"] += overview.broken
    _console.print(
        f"Counted: {_reports(taken['counted'])}; taken back: {taken['withdrawn']:,}; held: {taken['held']:,}; "
        f"refused: {taken['refused']:,}."
    )
    _end(taken)


_WAYS: Final = {"sheet": _import_sheet, "controlshift": _import_nightly}


def _ask(yes: bool) -> None:  # noqa: FBT001 (as the command)
    if not yes and not typer.confirm("Send it?"):
        sys.exit("Nothing was sent.")


def _show(preview: Preview) -> None:
    if preview.lines:
        table = Table(*COLUMNS)
        for row in islice(table_of(preview), _MOST_SHOWN):
            table.add_row(*map(Text, row))  # the sender's own texts, never markup
        _console.print(table)
    if len(preview.lines) > _MOST_SHOWN:
        _console.print(f"and {len(preview.lines) - _MOST_SHOWN} rows more")
    for note in preview.notes:
        _console.print(Text(note))
    if not preview.lines:  # the sheet as a whole is refused
        for reading in preview.readings:
            if isinstance(reading, Refused):
                where = f" {reading.field}:" if reading.field else ""
                _say(f"{reading.reason}:{where} {reading.detail}")
        return
    refused = sum(line.outcome == "refused" for line in preview.lines)
    waiting = f"{preview.letters_waiting:,} would wait for a review; " if preview.letters_waiting else ""
    _say(f"It would count {preview.letters:,} letters; {waiting}{refused} cells are refused.")


def _numbers(answer: dict[str, Any]) -> dict[str, int]:
    return {name: answer[name] for name in ("counted", "withdrawn", "held")} | {"refused": len(answer["rejected"])}


def _reports(number: int) -> str:
    return f"{number:,} report{'' if number == 1 else 's'}"


def _say(sentence: str) -> None:
    _console.print(Text(sentence), soft_wrap=True)


def _end(taken: Counter[str]) -> None:
    if taken["held"]:
        _say("What is held counts once somebody has looked at it and released it: `tally held list` shows it.")
    if taken["refused"]:
        sys.exit("What was refused is not counted: mend it and send the file again.")
