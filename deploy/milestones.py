"""`tally milestones`: which are reached, which are not yet, and which are no longer."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Annotated, Final, Literal, NamedTuple

import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console

from deploy.stored import stored_milestones
from schemas.catalogue import Campaign, CatalogueError, load_catalogue
from schemas.crossing import Mark
from schemas.environment import read_environment
from schemas.migrations import check_tables, connect
from schemas.milestones import MILESTONE_SCOPES, Milestone, milestones_of
from schemas.tally import WORLD_MEMBER, Place
from sinks.counters.edition import iso_of
from sinks.milestones.told import Told

milestones = typer.Typer(help="Milestones of the world, cases and countries.", no_args_is_help=True)
_say: Final = partial(Console(highlight=False, markup=False).print, soft_wrap=True)
_WORDS: Final = {"open": "not reached yet", "unreached": "un-reached", "reached_untold": "reached, not told yet"}
_TOTALS: Final = (
    "SELECT campaign, scope, member, letters, toUnixTimestamp64Milli(as_of) FROM current_tallies "
    "WHERE scope IN {scopes:Array(String)}"
)
Totals = Mapping[tuple[str, str, str], int]


class Standing(NamedTuple):
    """How a milestone stands; `reached_untold` is one whose total is there and that was not told yet."""

    campaign: str
    scope: str
    member: str
    milestone: int
    is_goal: bool
    state: Literal["reached", "reached_untold", "open", "unreached"]
    letters: int
    missing: int
    told_as_of: str | None
    is_delivered: bool

    def sentence(self) -> str:
        """Return it on one line."""
        place = "world" if self.scope == "world" else f"{self.scope} {self.member}"
        goal = " (the goal)" if self.is_goal else ""
        missing = f", {self.missing:,} missing" if self.missing else ""
        told = f"  told as of {self.told_as_of}" if self.told_as_of else ""
        state = _WORDS.get(self.state, self.state)
        return (
            f"{self.campaign}  {place}  {self.milestone:,} letters{goal}: {state}{missing}  "
            f"({self.letters:,} counted){told}{', delivered' if self.is_delivered else ''}"
        )


@milestones.command("list")
def list_milestones(
    campaign: Annotated[str | None, typer.Option(help="Those of one campaign.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,  # noqa: FBT002 (a flag)
) -> None:
    """List each milestone with what was told of it and what is missing, as ClickHouse has it."""
    environment = read_environment()
    campaigns = load_catalogue(environment.campaigns).campaigns
    if campaign is not None and campaign not in campaigns:
        raise CatalogueError(f"no campaign {campaign!r} in {environment.campaigns}: use one of {', '.join(campaigns)}")
    with closing(connect(environment.clickhouse.get_secret_value())) as client:
        check_tables(client)
        totals, as_of = _totals(client)
        told = Told()
        for said in stored_milestones(client):
            told.put(said)
    found = [one for name in campaigns if campaign in (None, name) for one in standing(campaigns[name], totals, told)]
    if as_json:
        typer.echo(json.dumps({"as_of": as_of, "milestones": [one._asdict() for one in found]}))
        return
    for one in found:
        _say(one.sentence())
    count = sum(one.state.startswith("reached") for one in found)
    _say(f"{count:,} of {len(found):,} milestones are reached, as of {as_of or 'never: nothing was counted'}.")


def standing(campaign: Campaign, totals: Totals, told: Told) -> Iterator[Standing]:
    """Yield how each milestone of a campaign stands; of countries those that have letters, or had."""
    name = campaign.campaign
    places: dict[Place, None] = {("world", WORLD_MEMBER): None}
    places |= dict.fromkeys(("case", case.case) for case in campaign.cases)
    seen = {key[2] for key in totals if key[:2] == (name, "country")}
    seen |= {mark[2] for mark in told.marks if mark[:2] == (name, "country")}
    places |= dict.fromkeys(("country", member) for member in sorted(seen))
    for place in places:
        letters = totals.get((name, *place), 0)
        for milestone in milestones_of(campaign, place):
            yield _standing((name, place, letters), milestone, told)


def _standing(total: tuple[str, Place, int], milestone: Milestone, told: Told) -> Standing:
    campaign, (scope, member), letters = total
    mark: Mark = (campaign, scope, member, milestone.letters)  # type: ignore[assignment]  # a scope with milestones
    last = told.last(mark)
    state: Literal["reached", "reached_untold", "open", "unreached"] = last["state"] if last else "open"
    if state != "reached" and letters >= milestone.letters:
        state = "reached_untold"
    return Standing(
        campaign,
        scope,
        member,
        *milestone,
        state,
        letters,
        max(0, milestone.letters - letters),
        iso_of(last["as_of"]) if last else None,
        last is not None and told.is_delivered(last["crossing_id"]),
    )


def _totals(client: Client) -> tuple[Totals, str | None]:
    """Return the letters of every place, and as of when."""
    rows = client.query(_TOTALS, parameters={"scopes": list(MILESTONE_SCOPES)}).result_rows
    as_of = iso_of(rows[0][4]) if rows else None
    return {(campaign, scope, member): letters for campaign, scope, member, letters, _ in rows}, as_of
