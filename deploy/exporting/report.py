"""`tally report`: a campaign in tables, for a terminal or a program."""

import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Annotated, Final

import orjson
import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console

from deploy.exporting.asked import Asked
from deploy.exporting.described import SeasonDay, describe, earlier_seasons
from deploy.exporting.heading import Heading, heading_of
from deploy.exporting.reading import ReadingError, counted
from deploy.exporting.registering import register
from deploy.exporting.tables import Shown, Sum, tables
from schemas.environment import read_environment
from schemas.migrations import check_tables, connect

_ANSWER_SECONDS: Final = 600
_MOST_SEASONS: Final = 2


def report(
    campaign: Annotated[str, typer.Argument(help="The campaign, such as w4r-2026.")],
    *,
    most: Annotated[int, typer.Option(min=1, help="No more countries than so many.")] = 20,
    publish: Annotated[bool, typer.Option("--publish", help="Register it, so that it can be found again.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs: all of it.")] = False,
) -> None:
    """Show what a campaign has come to, as ClickHouse counts it now: each table sums to the world."""
    with closing(connect(read_environment().clickhouse.get_secret_value(), _ANSWER_SECONDS)) as client:
        check_tables(client)
        described = describe(client, campaign)
        try:
            heading, sums = _sums(client, Asked(campaign, "report", described.zone), may_register=publish)
        except ReadingError as error:
            sys.exit(f"{error}.")
        seasons = earlier_seasons(client, described.year, _MOST_SEASONS)
    if as_json:
        sys.stdout.buffer.write(_json(heading, sums, seasons))
        return
    _print(heading, Shown(described, sums, seasons, most))


def _sums(client: Client, asked: Asked, *, may_register: bool) -> tuple[Heading, list[Sum]]:
    with counted(client, asked) as answer:
        names = ("scope", "member", "letters", "reports")
        sums = [Sum(*row) for rows in answer.rows() for row in zip(*(rows[name].to_pylist() for name in names))]  # noqa: B905 (columns of one batch)
        heading = dict(heading_of(asked, answer.known))
    if may_register:
        register(client, answer)
    else:
        del heading["publication"]  # nobody could find it
    return heading, sums


def _json(heading: Heading, sums: Sequence[Sum], seasons: Sequence[SeasonDay]) -> bytes:
    said = {
        "heading": heading,
        "totals": [one._asdict() for one in sums],
        "earlier_seasons": [day._asdict() for day in seasons],
    }
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def _print(heading: Heading, shown: Shown) -> None:
    console = Console(highlight=False, markup=False)
    console.print(f"{heading['campaign']}, as of {heading['as_of']}", soft_wrap=True)
    console.print(heading["definition"], soft_wrap=True)
    if "publication" in heading:
        console.print(f"publication {heading['publication']}", soft_wrap=True)
    for table in tables(shown):
        console.print()
        console.print(table)
