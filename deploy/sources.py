"""`tally sources check`: what the configured sources are, and what they would make of a sample delivery, in words."""

import mimetypes
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from producers.channels.reading import Delivery
from producers.channels.source import most_letters_of
from producers.drafts import Rules
from producers.known_events import KnownEvents
from producers.pseudonyms import PseudonymKeys
from producers.sorting import Sorted, sort
from producers.sources import Configured, load_sources
from schemas.catalogue import Catalogue, load_catalogue
from schemas.environment import read_environment
from schemas.report import LetterReport

sources = typer.Typer(help="The sources that reports come from.", no_args_is_help=True)
_say: Final = Console(highlight=False, soft_wrap=True).print
_COUNTER: Final = 10_000_000
"""More than any petition on record reached."""
_NO_KEY: Final = b"a check makes pseudonyms that nobody keeps"


@sources.command("check")
def check(
    sample: Annotated[list[Path] | None, typer.Option(help="A delivery in a file, as the platform sends it.")] = None,
    source: Annotated[str | None, typer.Option(help="The source that the samples are for.")] = None,
) -> None:
    """Check every source of TALLY_SOURCES, and say what the samples would count; nothing is sent anywhere."""
    environment = read_environment()
    catalogue = load_catalogue(environment.campaigns)
    if environment.sources is None:
        raise typer.BadParameter("expected a source's .toml, or a folder of them", param_hint="TALLY_SOURCES")
    known = load_sources(environment.sources, catalogue, os.environ)
    for configured in known.values():
        _say(described(configured))
        for sentence in doubts_of(configured, catalogue):
            _say(f"  {sentence}")
    if not sample:
        return
    if source is None or source not in known:
        raise typer.BadParameter(f"expected one of {', '.join(known)}", param_hint="--source")
    for file in sample:
        _say(f"\n{file.name}, as {source} would read it:")
        for line in explained(file, known[source], catalogue):
            _say(f"  {line}")


def described(configured: Configured) -> str:
    """Return one sentence on a source."""
    source = configured.source
    named = f"; {len(source.cases)} names of cases" if source.cases else ""
    mapped = f"; {len(source.fields)} fields" if source.fields else ""
    keys = "1 secret" if len(configured.secrets) == 1 else f"{len(configured.secrets)} secrets"
    poll = source.poll
    polls = f"; polls {len(source.cases)} petitions of {poll.address} every {poll.every_seconds} s" if poll else ""
    return (
        f"{source.source}: {source.channel}, counts towards {source.campaign} as "
        f"{source.kind or configured.channel.kind}{named}{mapped}; {keys}; POST /v1/channels/{source.source}{polls}"
    )


def doubts_of(configured: Configured, catalogue: Catalogue) -> Iterator[str]:
    """Yield what is allowed and hardly meant."""
    source = configured.source
    most = most_letters_of(source, catalogue.campaigns[source.campaign])
    if source.channel == "petition-counter" and most < _COUNTER:
        yield f"a counter above {most:,} would be held for review with each poll: set most_letters to what it may reach"


def explained(file: Path, configured: Configured, catalogue: Catalogue) -> Iterator[str]:
    """Yield what would become of each reading of a delivery."""
    body = file.read_bytes()
    content_type = mimetypes.guess_type(file.name)[0] or "application/json"
    now_ms = time.time_ns() // 1_000_000
    campaign = catalogue.campaigns[configured.source.campaign]
    delivery = Delivery(body, {"content-type": content_type}, now_ms, campaign=campaign)
    readings = configured.channel.read(delivery, configured.source)
    rules = Rules(catalogue, _keys(catalogue), KnownEvents(catalogue, is_read=True).is_known)
    done: Sorted = sort(readings, body, configured, rules, now_ms)
    yield from (f"would count {_in_words(report)}" for report in done.letters)
    for held in done.held.values():
        needs = " and ".join(held["needs"])
        yield from (f"would hold, until {needs}: {_in_words(report)}" for report in held["reports"])
    yield from (f"would take a confirmation of {verdict['submission_id']}" for verdict in done.verdicts)
    for refused in done.rejections:
        where = f" {refused['field']}:" if refused["field"] else ""
        yield f"would refuse, {refused['reason']}:{where} {refused['detail']}"
    yield from (f"would ignore {times}: {reason}" for reason, times in done.ignored.items())


def _in_words(report: LetterReport) -> str:
    what = "a withdrawal of" if report["withdrawn"] else f"{report['letters']} ({report['kind']}) of"
    event = f" at {report['event']}" if report["event"] else ""
    return f"{what} report {report['report_id']} on {report['case']} from {report['country']}{event}"


def _keys(catalogue: Catalogue) -> PseudonymKeys:
    named = {campaign.pseudonym_key: _NO_KEY for campaign in catalogue.campaigns.values() if campaign.pseudonym_key}
    return PseudonymKeys(_NO_KEY, named)
