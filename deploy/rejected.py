"""`tally rejected`: what was refused and why, and what of it can be counted once something was mended."""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console

from deploy.refusals import Wanted, find_refusals, pages_of_refusals, value_of
from deploy.resending import Account, bench_of, send_on
from deploy.retry import Judged
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
        if kept.keys() == {"source"}:
            _say("  kept:     nothing")
        else:
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
    wait_seconds: Annotated[
        float, typer.Option(min=0, help="How long ClickHouse may take to store a page of it.")
    ] = 60,
) -> None:
    """Judge refusals again with today's catalogue, sources and events, and send on what now counts.

    Each has the ids that it always had, and counts as of when it was received first; twice is as once. All that fit
    are judged, page by page; a page is noted as retried once ClickHouse has its reports. What seems to be a program's
    is judged only where it is named, or --reason honeypot is asked for.
    """
    environment = read_environment()
    sources = _sources(environment)
    account = Account()
    with closing(_connect(environment)) as client:
        bench = bench_of(client, environment, sources, trusts_trapped=bool(origins) or reason == "honeypot")
        wanted = Wanted(tuple(origins or ()), reason, source, campaign, since)
        for found in pages_of_refusals(client, wanted, _sources_of(campaign, sources)):
            judged = bench.judged(found)
            _take(environment, judged, wait_seconds, may_send=yes)
            account.add(judged)
    _say(account.sentences())


def _take(environment: Environment, judged: Sequence[Judged], wait_seconds: float, *, may_send: bool) -> None:
    """Show what becomes of a page of refusals, and send on what counts; exits where nobody knows whether it will."""
    good = [one for one in judged if one.is_settled]
    for one in judged:
        _say(f"{one.rejection['origin']}  {outcome(one)}")
    _say(f"{len(good):,} of {len(judged):,} can be sent on.")
    if not good:
        return
    if not may_send:
        typer.confirm("Send them on?", abort=True)
    if why_not := send_on(environment, good, wait_seconds, _say):
        sys.exit(
            f"{why_not}. These {len(good):,} are not noted as retried, so they may still be listed as refused: once "
            "Kafka, ClickHouse and the sinks are well, `tally rejected retry` sends them again, under the same ids, "
            "which count once."
        )


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


def _connect(environment: Environment) -> Client:
    client = connect(environment.clickhouse.get_secret_value())
    check_tables(client)
    return client


def _sources(environment: Environment) -> dict[str, Configured]:
    return load_sources(environment.sources, load_catalogue(environment.campaigns), os.environ)


def _sources_of(campaign: str | None, sources: dict[str, Configured]) -> list[str]:
    return [name for name, one in sources.items() if campaign and one.source.campaign == campaign]
