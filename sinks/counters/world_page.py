"""The page of a whole campaign, filled in for one reader. Pure; time is a parameter."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from schemas.catalogue import Campaign
from schemas.reader import Reader
from schemas.report import UNKNOWN_COUNTRY
from schemas.tally import WORLD_MEMBER, Place
from sinks.counters.board import Board
from sinks.counters.day_in_words import day_said
from sinks.counters.human_rights_day import way_of
from sinks.counters.ledger import Pair
from sinks.counters.pace_said import pace_said
from sinks.counters.page_files import MAP_BOX, MAP_CODES
from sinks.counters.rates import Rates
from sinks.counters.shades import EDGES, shade_of
from sinks.counters.showing import Sort, cases_of, countries_of, events_of, shown, world_of
from sinks.counters.windows import name_of, windows_of
from sinks.counters.wording import legend_of, milestone_in_words, moment_in_words, status_of, words_of, zone_in_words


class Showing(NamedTuple):
    """What is shown: a campaign of the board, as of a moment, and how old its numbers may be."""

    board: Board
    name: str
    campaign: Campaign | None
    rates: Rates | None
    now_ms: int
    limit_ms: int

    @property
    def title(self) -> str:
        """The campaign's title, its id where no file has one."""
        return self.campaign.title if self.campaign else self.name

    @property
    def zone(self) -> str:
        """The campaign's time zone."""
        return self.campaign.time_zone if self.campaign else "UTC"

    @property
    def totals(self) -> Mapping[Place, Pair]:
        """What the board says of the campaign."""
        return self.board.totals(self.name)


def world_page(showing: Showing, reader: Reader, sort: Sort) -> dict[str, Any]:
    """Return what the template `world.html` says."""
    totals, campaign = showing.totals, showing.campaign
    world, cases = world_of(totals, campaign), cases_of(totals, campaign)
    countries, events = countries_of(totals, reader, sort), events_of(totals, campaign)
    names = {case.member: case.name for case in cases}
    day = day_said(way_of(campaign.day, _moment(showing.now_ms)), reader) if campaign else None
    return {
        **heading(showing, reader),
        "description": told_in_short(showing, reader, world.letters),
        "world": world,
        "cases": cases,
        "most": max((case.letters for case in cases), default=0),
        "countries": countries,
        "known_countries": sum(country.member != UNKNOWN_COUNTRY for country in countries),
        "events": events,
        "shades": [(code, shade_of(shown(totals, ("country", code)))) for code in MAP_CODES],
        "legend": legend_of(reader),
        "map_box": MAP_BOX,
        "sort": sort,
        "pace": pace_said(showing.rates, showing.zone, reader, names),
        "day": day,
        "windows": [(one.window, name_of(one, reader)) for one in windows_of(campaign)] if campaign else [],
        "facts": heading_facts(showing, reader)
        | {
            "countries": dict(reader.countries),
            "cases": names,
            "events": {event.member: event.name for event in events},
            "milestones": {f"case/{case.member}": case.milestones for case in cases if case.milestones}
            | {f"world/{WORLD_MEMBER}": world.milestones},
            "edges": EDGES,
            "day": day.facts if day else None,
        },
    }


def told_in_short(showing: Showing, reader: Reader, letters: int, more: str = "") -> str:
    """Return the sentences that stand where a link to a page is shared: a number, as of when, and of what."""
    if showing.board.as_of is None:
        return more
    as_of = moment_in_words(reader, _moment(showing.board.as_of), showing.zone)
    sentence = reader.translations.gettext("Letters written: %(number)s. As of %(moment)s.")
    return f"{sentence % {'number': reader.number(letters), 'moment': as_of}} {more}".strip()


def heading(showing: Showing, reader: Reader) -> dict[str, Any]:
    """Return what stands at the head of a page: of what it is, as of when, and how new."""
    as_of = _moment(showing.board.as_of) if showing.board.as_of is not None else None
    now, limit = _moment(showing.now_ms), timedelta(milliseconds=showing.limit_ms)
    unknown = reader.translations.gettext("not known yet")
    return {
        "title": showing.title,
        "is_known": not showing.board.is_catching_up,
        "unknown": unknown,
        "newness": status_of(reader, as_of, now, limit),
        "is_alarming": showing.board.is_stale(showing.now_ms, showing.limit_ms),
        "as_of": as_of,
        "zone": zone_in_words(now, showing.zone),
        "as_of_text": moment_in_words(reader, as_of, showing.zone) if as_of else unknown,
        "milestone_said": lambda one: milestone_in_words(reader, one),
    }


def heading_facts(showing: Showing, reader: Reader, root: str = "") -> dict[str, Any]:
    """Return what a page's script must know to go on from where the page is."""
    as_of = showing.board.as_of
    return {
        "campaign": showing.name,
        "root": root,
        "tag": reader.tag,
        "time_zone": showing.zone,
        "stale_seconds": showing.limit_ms / 1000,
        "now_ms": showing.now_ms,
        "age_seconds": max(0, showing.now_ms - as_of) / 1000 if as_of is not None else None,
        "words": words_of(reader),
    }


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
