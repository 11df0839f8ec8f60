"""The pages of a case, a country and an event, filled in for one reader. Pure; time is a parameter."""

import re
from typing import Any, Final, NamedTuple

from schemas.reader import Reader
from schemas.report import NO_EVENT, UNKNOWN_COUNTRY
from schemas.tally import Place
from sinks.counters.pace_said import place_pace_said
from sinks.counters.page_files import MAP_BOX, MAP_CODES
from sinks.counters.rates import Pace
from sinks.counters.shades import EDGES, shade_of
from sinks.counters.showing import (
    Shown,
    cases_of,
    cases_of_country,
    countries_of_case,
    member_of,
    rank_of,
    world_of,
)
from sinks.counters.wording import legend_of, rank_in_words
from sinks.counters.world_page import Showing, heading, heading_facts, told_in_short

MOST_ON_SHEET: Final = 84
"""Countries that a sheet of A4 has room for; the others are told together."""


class Subject(NamedTuple):
    """What a page is of: shown to a reader, with how fast its letters come, where that is known."""

    showing: Showing
    reader: Reader
    pace: Pace | None
    root: str


def case_page(of: Subject, case: str) -> dict[str, Any] | None:
    """Return what the templates `case.html` and `sheet.html` say; None where there is no such case."""
    totals, campaign = of.showing.totals, of.showing.campaign
    found = next((one for one in cases_of(totals, campaign) if one.member == case), None)
    if found is None:
        return None
    written = next((one for one in campaign.cases if one.case == case), None) if campaign else None
    countries = countries_of_case(totals, case, of.reader)
    by_code = {one.member[-2:]: one.letters for one in countries}
    return {
        **_place(of, ("case", case), found),
        "description": told_in_short(of.showing, of.reader, found.letters, found.line),
        "country": of.reader.country(written.country) if written else "",
        "countries": countries,
        "further": countries[MOST_ON_SHEET:],
        "most_on_sheet": MOST_ON_SHEET,
        "known_countries": sum(code != UNKNOWN_COUNTRY for code in by_code),
        "shades": [(code, shade_of(by_code.get(code, 0))) for code in MAP_CODES],
        "legend": legend_of(of.reader),
        "map_box": MAP_BOX,
        "facts": _facts(of, ("case", case), found, f"case-country/{re.escape(case)}:..")
        | {"cases": {case: found.name}, "edges": EDGES, "shaded": "case-country", "case": case},
    }


def country_page(of: Subject, country: str) -> dict[str, Any] | None:
    """Return what the template `country.html` says; None where there is no such country."""
    totals, campaign = of.showing.totals, of.showing.campaign
    if country not in dict(of.reader.countries):
        return None
    found = member_of(totals, campaign, ("country", country), of.reader.country(country))
    cases, rank = cases_of_country(totals, campaign, country), rank_of(totals, country)
    return {
        **_place(of, ("country", country), found),
        "description": told_in_short(of.showing, of.reader, found.letters),
        "cases": cases,
        "most": max((case.letters for case in cases), default=0),
        "rank": rank_in_words(of.reader, *rank) if rank else "",
        "facts": _facts(of, ("country", country), found, f"case-country/.*:{country}", "country/..")
        | {"cases": {case.member[:-3]: case.name for case in cases}, "parts": "case-country/", "shaded": None},
    }


def event_page(of: Subject, event: str) -> dict[str, Any] | None:
    """Return what the templates `event.html` and `room.html` say; None where there is no such event."""
    totals, campaign = of.showing.totals, of.showing.campaign
    known = next((one for one in campaign.events if one.event == event), None) if campaign else None
    place: Place = ("event", event)
    if event == NO_EVENT or (known is None and place not in totals):
        return None
    found = member_of(totals, campaign, place, known.name if known else event)
    where = [known.place, of.reader.country(known.country), of.reader.day(known.date)] if known else []
    return {
        **_place(of, place, found),
        "description": told_in_short(of.showing, of.reader, found.letters, " · ".join(where)),
        "where": where,
        "world": world_of(totals, campaign),
        "facts": _facts(of, place, found, watched="world/all") | {"events": {event: found.name}, "shaded": None},
    }


def _place(of: Subject, place: Place, found: Shown) -> dict[str, Any]:
    """Return what the head of each of these pages says."""
    return {
        **heading(of.showing, of.reader),
        "place": found,
        "key": "/".join(place),
        "scope": place[0],
        "pace": place_pace_said(of.pace, of.showing.zone, of.reader),
    }


def _facts(of: Subject, place: Place, found: Shown, parts: str | None = None, watched: str = "") -> dict[str, Any]:
    """Return what the script must know: which totals to ask for, and which of them sum to which.

    `parts` are those that sum to the place's own; `watched` are others that are shown.
    """
    own = "/".join((place[0], re.escape(place[1])))
    sums = [f"^{one}$" for one in (own, parts) if one]
    scopes = [place[0], *(["case-country"] if parts else []), *(["world"] if watched == "world/all" else [])]
    return heading_facts(of.showing, of.reader, of.root) | {
        "scopes": scopes,
        "sums": sums,
        "watched": "|".join([*sums, *([f"^{watched}$"] if watched else [])]),
        "countries": dict(of.reader.countries),
        "milestones": {"/".join(place): found.milestones} if found.milestones else {},
        "day": None,
    }
