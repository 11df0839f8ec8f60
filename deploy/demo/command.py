"""`tally demo`."""

import json as encoding
import math
import signal
import sys
import tempfile
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.demo.run import Asked, run_demo
from deploy.demo.showing import show
from deploy.demo.trace import TraceError, read_trace
from deploy.embedded.processes import StartError
from deploy.stack import Stack
from schemas.catalogue import Campaign, CatalogueError, load_catalogue

_console = Console(highlight=False, soft_wrap=True)  # a sentence is a line, however wide the terminal


def demo(
    seconds: Annotated[float | None, typer.Option(help="How long to send; without it, until Ctrl-C.")] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            help="1 is the steepest petition on record at its height (5 if left out). With --trace, so many times "
            "faster than the file's own clock; if left out, as fast as the collector takes it, day by day."
        ),
    ] = None,
    trace: Annotated[
        Path | None,
        typer.Option(help="Play a petition's changes by country from this CSV or CSV.gz, to its end, and compare."),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Where to keep everything; without it, nothing is kept.")] = None,
    json: Annotated[bool, typer.Option(help="Print the verdict as JSON on the last line.")] = False,  # noqa: FBT002 (a flag)
) -> None:
    """Run everything under a generated December 10th, or a recorded petition, sent through the real collector.

    Exit status 0 only if the fold, the counters and ClickHouse agree on every number, and with the trace's file.
    """
    for option, number in (("--seconds", seconds), ("--speed", speed)):
        if number is not None and not (math.isfinite(number) and number > 0):
            sys.exit(f"{option}: expected a number above 0, found {number:g}: give one, or leave it out")
    try:
        asked = Asked(speed, seconds, trace, read_trace(trace) if trace else [])
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with tempfile.TemporaryDirectory() as unkept:
            result = _run(data or Path(unkept), asked)
    except (TraceError, CatalogueError, StartError) as error:
        sys.exit(str(error))
    show(result, _console)
    if json:
        print(encoding.dumps(result))  # noqa: T201 (rich would fold the line)
    sys.exit(0 if result["all_agree"] else 1)


def _run(data: Path, asked: Asked) -> dict[str, object]:
    _open_today(data / "campaigns")
    stack = Stack(data, _console.print)
    try:
        campaign = _campaign(stack.environment.campaigns)
        stack.start()
        _console.print(f"See the letters counted at {stack.addresses['counters']}/")
        return run_demo(stack, campaign, asked, _console.print)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stack.stop()


def _campaign(campaigns: Path) -> Campaign:
    """Return the first campaign that takes reports today; raises CatalogueError where none does."""
    now = datetime.now(UTC)
    for campaign in load_catalogue(campaigns).campaigns.values():
        if campaign.at(campaign.opens) <= now <= campaign.at(campaign.late_until):
            return campaign
    raise CatalogueError(f"{campaigns}: expected a campaign that is open today, found none: set its opens and closes")


def _open_today(campaigns: Path) -> None:
    """Give a new folder the example campaign, open already: the demo's December 10th is today, whenever that is."""
    if campaigns.exists():
        return
    example = files("deploy.demo").joinpath("campaign.toml").read_text("utf-8")
    opened = example.replace("opens = 2026-11-01", "opens = 2020-01-01")
    opened = opened.replace("= 2026-12-31T", "= 2098-12-31T").replace("= 2027-01-31T", "= 2099-01-31T")
    campaigns.mkdir(parents=True)
    (campaigns / "campaign.toml").write_text(opened, "utf-8")
