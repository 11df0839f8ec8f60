"""`tally events`: a file of letter-writing events, shown row by row, then registered through a collector."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from producers.channels.sheet.grid import SheetError, is_blank
from producers.channels.sheet.text import grid_of_text
from producers.known_events import KnownEvents
from producers.registrations import FIELDS, Registered, read_registrations, register
from schemas.catalogue import Catalogue, load_catalogue
from schemas.environment import read_environment
from schemas.wire import Refusal

events = typer.Typer(help="The letter-writing events that reports may name.", no_args_is_help=True)
_console: Final = Console(highlight=False)
_MOST_SHOWN: Final = 200
_COLUMNS: Final = {"slug": "event", **{name: name for name in FIELDS}}
"""What a column may be called -> the field."""

Collector = Annotated[str, typer.Option(help="The collector's address.")]
_HERE: Final = "http://127.0.0.1:8000"


class Row(NamedTuple):
    """A row of a file: its number there, from 1, and what it says."""

    number: int
    said: dict[str, str]


@events.command("list")
def list_events(
    campaign: Annotated[str | None, typer.Option(help="Those of one campaign.")] = None,
    collector: Collector = _HERE,
) -> None:
    """List the events that a collector knows: those of the campaign files and those that were registered.

    Without --campaign, those of every campaign of TALLY_CAMPAIGNS.
    """
    campaigns = [campaign] if campaign else sorted(load_catalogue(read_environment().campaigns).campaigns)
    known = [event for one in campaigns for event in known_at(collector, one)]
    table = Table(*FIELDS, "from")
    for event in sorted(known, key=lambda event: (event["campaign"], event["date"], event["event"])):
        table.add_row(*(Text(event[name]) for name in (*FIELDS, "from")))
    _console.print(table)
    _console.print(f"{len(known):,} events.")


@events.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(help="A CSV file, one event a row.", exists=True, dir_okay=False)],
    campaign: Annotated[str | None, typer.Option(help="The campaign, where the file has no such column.")] = None,
    collector: Collector = _HERE,
    yes: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,  # noqa: FBT002 (a flag)
) -> None:
    """Show what each row would register, update or leave as it is, or what is wrong with it; then send all of them.

    The same file twice changes nothing. Exit status 1 if a row is wrong, or nothing was sent.
    """
    environment = read_environment()
    if environment.organisers_key is None:
        sys.exit("TALLY_ORGANISERS_KEY: expected the organisers' secret, the one that the collector has")
    catalogue = load_catalogue(environment.campaigns)
    rows = _rows(file, campaign, catalogue)
    named = {row.said.get("campaign", "") for row in rows} & set(catalogue.campaigns)  # others are wrong rows
    known = known_events(collector, catalogue, sorted(named))
    read, wrong = read_registrations([row.said for row in rows], catalogue, known)
    mistakes = dict(wrong)
    _show(rows, mistakes, register(read, known, time.time_ns() // 1_000_000))
    if mistakes:
        sys.exit(f"{len(mistakes)} rows are wrong, so nothing was sent: mend them and import the file again.")
    if not yes and not typer.confirm("Register them?"):
        sys.exit("Nothing was sent.")
    told = _send(collector, environment.organisers_key.get_secret_value(), [row.said for row in rows])
    outcomes = [one["outcome"] for one in told]
    _console.print(", ".join(f"{outcome}: {outcomes.count(outcome)}" for outcome in sorted(set(outcomes))))


def known_events(collector: str, catalogue: Catalogue, campaigns: Iterable[str]) -> KnownEvents:
    """Return the events of the files and those that a collector has registered; ends with a sentence without one."""
    known = KnownEvents(catalogue, is_read=True)
    registered = [one for campaign in campaigns for one in known_at(collector, campaign) if one["from"] == "registered"]
    for event in registered:
        known.put({**{name: event[name] for name in FIELDS}, "registered_at": 0})  # type: ignore[typeddict-item]  # its fields
    return known


def known_at(collector: str, campaign: str) -> list[dict[str, str]]:
    """Return the events of a campaign that a collector knows; ends with a sentence where it does not say."""
    answer = _ask("GET", f"{collector}/v1/events", params={"campaign": campaign})
    if answer.status_code != httpx.codes.OK:
        sys.exit(f"The collector does not say which events {campaign} has: {answer.json().get('detail')}")
    found: list[dict[str, str]] = answer.json()["events"]
    return found


def _rows(file: Path, campaign: str | None, catalogue: Catalogue) -> list[Row]:
    """Return the rows under the headings; ends with a sentence where the file is no such table."""
    try:
        grid = grid_of_text(file.read_bytes())
    except SheetError as error:
        sys.exit(f"{file}: {error.detail}")
    headings = [str(value or "").strip().lower() for value in (grid.rows[0] if grid.rows else [])]
    fields = [_COLUMNS.get(heading) for heading in headings]
    only = campaign or (next(iter(catalogue.campaigns)) if len(catalogue.campaigns) == 1 else None)
    missing = [name for name in FIELDS if name not in fields and not (name == "campaign" and only)]
    if missing:
        sys.exit(f"{file}: no column {' and none '.join(missing)}: expected {', '.join(FIELDS)} in the first row")
    if len(set(fields) - {None}) < sum(field is not None for field in fields):
        sys.exit(f"{file}: two columns for one field in the first row: leave one out")
    for heading, field in zip(headings, fields, strict=True):
        if field is None and heading:
            _console.print(Text(f"The column {heading!r} is not read."))
    default = {"campaign": only} if only and "campaign" not in fields else {}
    return [
        Row(number, default | _said(fields, values))
        for number, values in enumerate(grid.rows[1:], 2)
        if not all(map(is_blank, values))
    ]


def _said(fields: list[str | None], values: list[Any]) -> dict[str, str]:
    return {
        field: str(value).strip()
        for field, value in zip(fields, values, strict=False)
        if field is not None and not is_blank(value)
    }


def _show(rows: list[Row], mistakes: dict[int, Refusal], done: list[Registered]) -> None:
    outcomes = {(one.event["campaign"], one.event["event"]): one for one in done}
    table = Table("row", *FIELDS, "outcome", "column", "why")
    for place, row in enumerate(rows[:_MOST_SHOWN]):
        cells = [str(row.number), *(row.said.get(name, "") for name in FIELDS)]
        if place in mistakes:
            cells += ["wrong", mistakes[place].field or "", mistakes[place].detail]
        else:
            one = outcomes[row.said["campaign"], row.said["event"]]
            cells += [one.outcome, ", ".join(one.changed), ""]
        table.add_row(*map(Text, cells))  # the organiser's own texts, never markup
    _console.print(table)
    if len(rows) > _MOST_SHOWN:
        _console.print(f"and {len(rows) - _MOST_SHOWN} rows more")


def _send(collector: str, key: str, said: list[dict[str, str]]) -> list[dict[str, str]]:
    answer = _ask("POST", f"{collector}/v1/events", json=said, headers={"Authorization": f"Bearer {key}"})
    if answer.status_code != httpx.codes.OK:
        told = answer.json()
        first = (told.get("errors") or [{}])[0]
        sys.exit(f"The collector refuses it: {told.get('detail')} {first.get('detail', '')} {told.get('remedy', '')}")
    registered: list[dict[str, str]] = answer.json()["events"]
    return registered


def _ask(method: str, url: str, **content: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own options)
    try:
        return httpx.request(method, url, timeout=60, **content)
    except httpx.HTTPError as error:
        sys.exit(f"{url} does not answer ({type(error).__name__}): is it the collector's address?")
