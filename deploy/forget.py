"""`tally forget`: takes a participant's pseudonym out of ClickHouse, for good; no total changes."""

import sys
import time
from contextlib import closing
from functools import partial
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console

from deploy.forgetting import SETTLE_SECONDS, Forgotten, StillStoredError, forget
from producers.pseudonyms import KeyMissingError, keys_of
from schemas.catalogue import load_catalogue
from schemas.environment import Environment, read_environment
from schemas.migrations import check_tables, connect

_ANSWER_SECONDS: Final = 3_600
"""Every report is looked at, and parts of the table are written anew."""
_say: Final = partial(Console(highlight=False, markup=False).print, soft_wrap=True)


def forget_participant(
    participant: Annotated[UUID | None, typer.Argument(help="The pseudonym, as letter_reports has it.")] = None,
    *,
    address_from_stdin: Annotated[
        bool, typer.Option("--address-from-stdin", help="Read their e-mail address from standard input instead.")
    ] = False,
    campaign: Annotated[str | None, typer.Option(help="With an address: the campaign whose key made it.")] = None,
    settle_seconds: Annotated[
        float, typer.Option(min=0, help="How long an insert that is under way may take, before the second look.")
    ] = SETTLE_SECONDS,
) -> None:
    """Remove a participant's pseudonym from ClickHouse, and never store it again. Their letters count as before.

    Run again it goes on where it was interrupted. What lies on Kafka is said at the end.
    """
    if (participant is None) != address_from_stdin or address_from_stdin != (campaign is not None):
        sys.exit("Say either the pseudonym, or --address-from-stdin with --campaign.")
    environment = read_environment()
    pseudonym = str(participant) if participant else _pseudonym(environment, str(campaign))
    with closing(connect(environment.clickhouse.get_secret_value(), _ANSWER_SECONDS)) as client:
        check_tables(client)
        _say(f"Removing it. A second look follows in {settle_seconds:g} s, for what is being stored just now.")
        try:
            done = forget(client, pseudonym, partial(time.sleep, settle_seconds))
        except StillStoredError as error:
            sys.exit(f"ClickHouse: {error}")
    for sentence in sentences(done):
        _say(sentence)


def sentences(done: Forgotten) -> list[str]:
    """Return what was done, and what is left to do."""
    rows = ", ".join(f"{count:,} of {table}" for table, count in done.rows.items())
    said = [f"Rows that had the pseudonym and have it no more: {rows}."]
    if done.came_back:
        said.append(f"{done.came_back:,} more had been on their way, and were found by the second look.")
    if not sum(done.rows.values()) + done.came_back:
        said = ["ClickHouse has it nowhere."]
    said.append("It is not stored again, whatever is read of the log. No total has changed.")
    if done.listed_in < done.newest:
        said.append(
            f"It was forgotten in epoch {done.listed_in}; the log of epoch {done.newest} has it only where something "
            "named it since."
        )
    else:
        said.append(
            f"Kafka's log of epoch {done.newest} still has it, in every record that such rows are read from, until it "
            "is begun anew and restored: docs/forgetting.md says how, and what else may hold it."
        )
    return said


def _pseudonym(environment: Environment, named: str) -> str:
    """Return the pseudonym of the address on standard input, which nothing says again."""
    catalogue = load_catalogue(environment.campaigns)
    if named not in catalogue.campaigns:
        sys.exit(f"--campaign: expected one of {', '.join(sorted(catalogue.campaigns))}")
    try:
        keys = keys_of(environment, catalogue)
    except KeyMissingError as error:
        sys.exit(str(error))
    if sys.stdin.isatty():
        address = typer.prompt("Their e-mail address", hide_input=True, err=True)
    else:
        address = sys.stdin.readline()
    try:
        return keys.pseudonym(address, catalogue.campaigns[named])
    except ValueError as error:
        sys.exit(f"standard input: {error}")
