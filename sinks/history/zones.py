"""The time zones that a reader can choose. Pure, but for the machine's list of them."""

from functools import cache
from typing import Final
from zoneinfo import available_timezones

_NOT_OFFERED: Final = ("Etc/", "SystemV/", "US/", "posix/", "right/")


@cache
def known_zones() -> frozenset[str]:
    """Return every time zone by its name."""
    return frozenset(available_timezones())


@cache
def offered_zones() -> tuple[str, ...]:
    """Return those that are named by a place, and UTC."""
    placed = (zone for zone in known_zones() if "/" in zone and not zone.startswith(_NOT_OFFERED))
    return ("UTC", *sorted(placed))
