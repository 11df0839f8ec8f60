"""`tally rejected`: what was refused and why, and what of it can be counted once something was mended."""

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console

from deploy.publishing import publish
from deploy.refusals import Wanted, find_refusals, held_reports, newest_revisions, value_of
from deploy.retry import Judged, Known, ids_in, joined, judge
from deploy.stored import stored_events
from producers.drafts import Rules
from producers.known_events import KnownEvents
from producers.pseudonyms import NO_KEYS
from producers.records import held_record, letter_record, rejected_record
from producers.sources import Configured, load_sources
from schemas.catalogue import load_catalogue
from schemas.environment import Environment, read_environment
from schemas.migrations import check_tables, connect
from schemas.rejection import REMEDIES, Rejection

rejected = typer.Typer(help="What was refused, and is not counted.", no_args_is_help=True)
_say: Final = partial(Console(highlight=False, markup=False).print, soft_wrap=True)

Reason = Annotated[str | None, typer.Option(help="Those with one reason, such as unknown_case.")]
Source = Annotated[str | None, typer.Option(help="Those of one source; `reports` is /v1/reports, `form` the web form.")]
Campaign = Annotated[str | None, typer.Option(help="Those of one campaign.")]
Since = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Those since then, in UTC.")
]


@rejected.command("list")
def list_rejected(
    *,
    reason: Reason = None,
    source: Source = None,
    campaign: Campaign = None,
    since: Since = None,
    most: Annotated[int, typer.Option(min=1, help="No more than so many.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List what was refused and is so still, the newest first, as ClickHouse has it."""
    environment = read_environment()
    with closing(_connect(environment)) as client:
        wanted = Wanted((), reason, source, campaign, since, most)
        found = find_refusals(client, wanted, _sources_of(campaign, _sources(environment)))
    if as_json:
        typer.echo(json.dumps(found))
        return
    for one in found:
        _say(sentence(one))
    more = " or more" if len(found) == most else ""
    _say(f"{len(found):,}{more} are refused." if found else "Nothing that fits is refused.")


@rejected.command("show")
def show(origin: Annotated[str, typer.Argument(help="As `tally rejected list` names it.")]) -> None:
    """Show one refusal: what was expected, what to do, and what was kept of it."""
    with closing(_connect(read_environment())) as client:
        found = find_refusals(client, Wanted((origin,)), ())
    if not found:
        sys.exit(f"Nothing is refused under {origin}, or it was sent on since: see `tally rejected list`.")
    for one in found:
        _say(sentence(one))
        _say(f"  expected: {one['detail']}")
        _say(f"  remedy:   {REMEDIES[one['reason']]}")
        kept = value_of(one)
        _say(f"  kept:     {json.dumps(kept, ensure_ascii=False) if kept else one['value'] or 'nothing'}")


@rejected.command("retry")
def retry(
    origins: Annotated[list[str] | None, typer.Argument(help="Only these, as the list names them.")] = None,
    *,
    reason: Reason = None,
    source: Source = None,
    campaign: Campaign = None,
    since: Since = None,
    yes: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,
) -> None:
    """Judge refusals again with today's catalogue, sources and events, and send on what now counts.

    Each has the ids that it always had, and counts as of when it was received first; twice is as once.
    """
    environment = read_environment()
    sources = _sources(environment)
    with closing(_connect(environment)) as client:
        wanted = Wanted(tuple(origins or ()), reason, source, campaign, since)
        found = find_refusals(client, wanted, _sources_of(campaign, sources))
        judged = _judged(client, environment, sources, found)
    good = [one for one in judged if one.is_settled]
    for one in judged:
        _say(f"{one.rejection['origin']}  {outcome(one)}")
    _say(f"{len(good):,} of {len(judged):,} can be sent on.")
    if not good:
        return
    if not yes:
        typer.confirm("Send them on?", abort=True)
    _send(environment, good)
    letters = sum(report["letters"] for one in good for report in one.letters)
    _say(f"Sent on: {letters:,} letters will be counted.")


def sentence(one: Rejection) -> str:
    """Return it on one line."""
    when = datetime.fromtimestamp(one["rejected_at"] / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    source = value_of(one).get("source", "-")
    return f"{one['origin']}  {when}  {one['reason']}  {one['field'] or '-'}  {source}"


def outcome(one: Judged) -> str:
    """Return in words what becomes of a refusal."""
    if one.why_not:
        return f"settled: {one.why_not}" if one.is_settled else f"stays: {one.why_not}"
    said = [f"counts {r['letters']:,} ({r['kind']}) for {r['case']} from {r['country']}" for r in one.letters]
    said += [f"waits for {' and '.join(held['needs'])}" for held in one.held]
    return "; ".join(said) or "waits with the rest of its submission"


def _judged(
    client: Client, environment: Environment, sources: dict[str, Configured], found: Sequence[Rejection]
) -> list[Judged]:
    catalogue = load_catalogue(environment.campaigns)
    events = KnownEvents(catalogue, is_read=True)
    for event in stored_events(client):
        events.put(event)
    rules = Rules(catalogue, NO_KEYS, events.is_known)
    known = Known(rules, sources, newest_revisions(client, ids_in(found)), {})
    judged = [judge(one, known) for one in found]
    waiting = [held["submission_id"] for one in judged for held in one.held]
    return joined(judged, known._replace(held=held_reports(client, waiting)))


def _send(environment: Environment, good: Sequence[Judged]) -> None:
    """Return once Kafka has the reports, and after them the notes that these are refused no more."""
    now_ms = time.time_ns() // 1_000_000
    held = [held_record(one) for judged in good for one in judged.held]
    publish(environment, [*(letter_record(report) for judged in good for report in judged.letters), *held])
    notes = (one.rejection | {"rejected_at": now_ms, "retried_at": now_ms} for one in good)
    publish(environment, [rejected_record(note) for note in notes])


def _connect(environment: Environment) -> Client:
    client = connect(environment.clickhouse.get_secret_value())
    check_tables(client)
    return client


def _sources(environment: Environment) -> dict[str, Configured]:
    return load_sources(environment.sources, load_catalogue(environment.campaigns), os.environ)


def _sources_of(campaign: str | None, sources: dict[str, Configured]) -> list[str]:
    return [name for name, one in sources.items() if campaign and one.source.campaign == campaign]
