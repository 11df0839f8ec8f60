"""Human Rights Day on its way round the world, told to a reader. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from schemas.reader import Reader
from sinks.counters.human_rights_day import Phase, Way
from sinks.counters.wording import moment_in_words

_BAKER_ISLAND: Final = "Etc/GMT+12"
_CALLED: Final = {"Asia/Kolkata": "Asia/Calcutta"}
"""What Unicode calls a zone that the time zone database has renamed."""


class PlaceSaid(NamedTuple):
    """A place, its clock, and whether the day is over there, now or to come."""

    zone: str
    name: str
    phase: Phase
    clock: str
    said: str


class DaySaid(NamedTuple):
    """The day as a whole, and place by place; the script says later what the facts hold."""

    day: date
    said: str
    places: Sequence[PlaceSaid]
    facts: Mapping[str, Any]


def day_said(way: Way, reader: Reader) -> DaySaid:
    """Return what a page says of the day."""
    _ = reader.translations.gettext
    here: dict[Phase, str] = {"coming": _("still to come"), "now": _("now"), "over": _("over")}
    whole = _whole(way, reader)
    places = [
        PlaceSaid(place.zone, _name(place.zone, reader), place.phase, f"{place.local:%H:%M}", here[place.phase])
        for place in way.places
    ]
    begins, ends = way.begins.timestamp() * 1000, way.ends.timestamp() * 1000
    facts = {"date": way.day.isoformat(), "begins": begins, "ends": ends, "here": here, "whole": whole}
    return DaySaid(way.day, whole[way.phase], places, facts)


def _whole(way: Way, reader: Reader) -> dict[Phase, str]:
    _ = reader.translations.gettext
    told: dict[Phase, str] = {
        "coming": _("It has not begun anywhere yet: it begins in Kiritimati on %(begins)s."),
        "now": _("It is that day now in some part of the world; it ends on Baker Island on %(ends)s."),
        "over": _("It is over everywhere: it ended on Baker Island on %(ends)s."),
    }
    begins, ends = (moment_in_words(reader, moment, "UTC") for moment in (way.begins, way.ends))
    return {phase: sentence % {"begins": begins, "ends": ends} for phase, sentence in told.items()}


def _name(zone: str, reader: Reader) -> str:
    if zone == _BAKER_ISLAND:
        return reader.translations.gettext("Baker Island")
    said = reader.locale.time_zones.get(_CALLED.get(zone, zone), {}).get("city")
    return str(said or zone.rpartition("/")[2].replace("_", " "))
