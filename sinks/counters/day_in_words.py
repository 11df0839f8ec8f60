"""Human Rights Day on its way round the world, told to a reader. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from babel.dates import get_timezone_location

from schemas.reader import Reader
from sinks.counters.human_rights_day import Phase, Way
from sinks.counters.wording import clock

_BAKER_ISLAND = "Etc/GMT+12"


class PlaceSaid(NamedTuple):
    """A place, its clock, and whether the day is over there, now or to come."""

    name: str
    phase: Phase
    clock: str
    said: str


class DaySaid(NamedTuple):
    """The day as a whole, and place by place."""

    day: date
    said: str
    places: Sequence[PlaceSaid]


def day_said(way: Way, reader: Reader) -> DaySaid:
    """Return what a page says of the day."""
    _ = reader.translations.gettext
    phases: dict[Phase, str] = {"to come": _("still to come"), "now": _("now"), "over": _("over")}
    places = [
        PlaceSaid(_name(place.zone, reader), place.phase, f"{place.local:%H:%M}", phases[place.phase])
        for place in way.places
    ]
    return DaySaid(way.day, _as_a_whole(way, reader), places)


def _as_a_whole(way: Way, reader: Reader) -> str:
    _ = reader.translations.gettext
    told = {
        "to come": _("It has not begun anywhere yet: it begins in Kiritimati on %(begins)s."),
        "now": _("It is that day now in some part of the world; it ends on Baker Island on %(ends)s."),
        "over": _("It is over everywhere: it ended on Baker Island on %(ends)s."),
    }[way.phase]
    begins, ends = (f"{reader.day(moment.date())}, {clock(moment, 'UTC')}" for moment in (way.begins, way.ends))
    return told % {"begins": begins, "ends": ends}


def _name(zone: str, reader: Reader) -> str:
    if zone == _BAKER_ISLAND:
        return reader.translations.gettext("Baker Island")
    return get_timezone_location(zone, locale=reader.locale, return_city=True)
