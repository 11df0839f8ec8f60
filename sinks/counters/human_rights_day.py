"""Human Rights Day, 10 December, on its way round the world. Pure; time is a parameter."""

from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

Phase = Literal["coming", "now", "over"]
FIRST_OFFSET: Final = timedelta(hours=14)
"""Of Kiritimati, where a day begins first."""
LAST_OFFSET: Final = timedelta(hours=-12)
"""Of Baker Island, where it ends last."""
_ZONES: Final = (
    "Pacific/Kiritimati",
    "Pacific/Auckland",
    "Australia/Sydney",
    "Asia/Tokyo",
    "Asia/Manila",
    "Asia/Bangkok",
    "Asia/Kolkata",
    "Asia/Karachi",
    "Asia/Dubai",
    "Africa/Nairobi",
    "Europe/Warsaw",
    "Africa/Lagos",
    "Europe/London",
    "Atlantic/Azores",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/Toronto",
    "America/Mexico_City",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
    "Etc/GMT+12",
)
"""A place for about each hour of the world, from where a day begins first to where it ends last."""


class DayThere(NamedTuple):
    """What the day is in one place, and its clock there."""

    zone: str
    phase: Phase
    local: datetime


class Way(NamedTuple):
    """How far the day has come: its phase on Earth as a whole, its first and last moment, and place by place."""

    day: date
    phase: Phase
    begins: datetime
    ends: datetime
    places: tuple[DayThere, ...]

    @property
    def here(self) -> tuple[DayThere, ...]:
        """The places where it is that day now."""
        return tuple(place for place in self.places if place.phase == "now")


def span_of(day: date) -> tuple[datetime, datetime]:
    """Return when a day begins on Earth, and when it ends: 50 hours later."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight - FIRST_OFFSET, midnight + timedelta(days=1) - LAST_OFFSET


def way_of(day: date, now: datetime) -> Way:
    """Return how far a day has come round the world at a moment."""
    begins, ends = span_of(day)
    places = tuple(_there(zone, day, now) for zone in _ZONES)
    return Way(day, "coming" if now < begins else "now" if now < ends else "over", begins, ends, places)


def _there(zone: str, day: date, now: datetime) -> DayThere:
    local = now.astimezone(ZoneInfo(zone))
    today = local.date()
    return DayThere(zone, "coming" if today < day else "now" if today == day else "over", local)
