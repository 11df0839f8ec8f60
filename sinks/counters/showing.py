"""What a page shows of a campaign. Pure; time is a parameter; only here are numbers below zero shown as zero."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from schemas.catalogue import Campaign
from schemas.milestones import Milestone, milestones_of
from schemas.reader import Reader, place_in_index
from schemas.report import NO_EVENT, UNKNOWN_COUNTRY
from schemas.tally import WORLD_MEMBER, Place, Scope
from sinks.counters.ledger import NOTHING, Pair

Sort = Literal["letters", "name"]
MOST_EVENTS: Final = 20
"""Events that are shown; a campaign may have thousands."""


class Shown(NamedTuple):
    """A member with its letters and, the lowest first, the milestones that it has."""

    member: str
    name: str
    line: str
    letters: int
    milestones: tuple[Milestone, ...]

    @property
    def next(self) -> Milestone | None:
        """The lowest milestone that is not reached."""
        return next((one for one in self.milestones if one.letters > self.letters), None)


class ShownEvent(NamedTuple):
    """An event; place and day are known of those in the catalogue."""

    member: str
    name: str
    place: str
    country: str
    day: date | None
    letters: int


def shown(totals: Mapping[Place, Pair], place: Place) -> int:
    """Return the letters of a place as they are shown."""
    return max(0, totals.get(place, NOTHING)[0])


def member_of(
    totals: Mapping[Place, Pair], campaign: Campaign | None, place: Place, name: str = "", line: str = ""
) -> Shown:
    """Return a place by its name, with the milestones that it has."""
    milestones = milestones_of(campaign, place) if campaign else ()
    return Shown(place[1], name, line, shown(totals, place), milestones)


def world_of(totals: Mapping[Place, Pair], campaign: Campaign | None) -> Shown:
    """Return the world."""
    return member_of(totals, campaign, ("world", WORLD_MEMBER))


def cases_of(totals: Mapping[Place, Pair], campaign: Campaign | None) -> Sequence[Shown]:
    """Return the campaign's cases in its order, then those that only the board knows."""
    named = {case.case: (case.name, case.line) for case in campaign.cases} if campaign else {}
    named |= {member: (member, "") for member in sorted(_members(totals, "case")) if member not in named}
    return [member_of(totals, campaign, ("case", member), *said) for member, said in named.items()]


def countries_of(totals: Mapping[Place, Pair], reader: Reader, sort: Sort) -> Sequence[Shown]:
    """Return the countries with letters, most letters first or as in an index; the unknown one is always the last."""
    codes = [code for code in _members(totals, "country") if shown(totals, ("country", code))]
    countries = [member_of(totals, None, ("country", code), reader.country(code)) for code in codes]
    by_name = sorted(countries, key=lambda one: place_in_index(one.name))
    ordered = by_name if sort == "name" else sorted(by_name, key=lambda one: -one.letters)
    return sorted(ordered, key=lambda one: one.member == UNKNOWN_COUNTRY)


def countries_of_case(totals: Mapping[Place, Pair], case: str, reader: Reader) -> Sequence[Shown]:
    """Return the countries that wrote for a case, most letters first; the unknown one is always the last."""
    countries = []
    for member in _members(totals, "case-country"):
        of, _, code = member.rpartition(":")
        if of == case and shown(totals, ("case-country", member)):
            countries.append(member_of(totals, None, ("case-country", member), reader.country(code)))
    countries.sort(key=lambda one: (one.member.endswith(UNKNOWN_COUNTRY), -one.letters, place_in_index(one.name)))
    return countries


def cases_of_country(totals: Mapping[Place, Pair], campaign: Campaign | None, country: str) -> Sequence[Shown]:
    """Return what a country has written for each case, in the campaign's order."""
    return [
        member_of(totals, None, ("case-country", f"{case.member}:{country}"), case.name, case.line)
        for case in cases_of(totals, campaign)
    ]


def rank_of(totals: Mapping[Place, Pair], country: str) -> tuple[int, int] | None:
    """Return a country's rank by letters, the same for those alike, and how many have some; None where it has none."""
    mine = shown(totals, ("country", country))
    known = (code for code in _members(totals, "country") if code != UNKNOWN_COUNTRY)
    letters = [more for code in known if (more := shown(totals, ("country", code)))]
    if not mine or country == UNKNOWN_COUNTRY:
        return None
    return 1 + sum(more > mine for more in letters), len(letters)


def events_of(totals: Mapping[Place, Pair], campaign: Campaign | None) -> Sequence[ShownEvent]:
    """Return the events with most letters, those alike by day; the catalogue's stand here before their first letter."""
    known = {event.event: event for event in campaign.events} if campaign else {}
    found = []
    for member in {*known, *_members(totals, "event")} - {NO_EVENT}:
        event, letters = known.get(member), shown(totals, ("event", member))
        if event:
            found.append(ShownEvent(member, event.name, event.place, event.country, event.date, letters))
        elif letters:
            found.append(ShownEvent(member, member, "", "", None, letters))
    found.sort(key=lambda one: (-one.letters, one.day or date.max, one.member))
    return found[:MOST_EVENTS]


def _members(totals: Mapping[Place, Pair], scope: Scope) -> list[str]:
    return [member for known, member in totals if known == scope]
