"""How fast letters come: the last minute, the last hour, today, and where. Pure; time is a parameter."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from schemas.tally import Place, Scope
from sinks.counters.edition import Aged, iso_of
from sinks.counters.minutes import WORLD, Minutes

_MOST_NAMED: Final = 10
CURVE_MINUTES: Final = 10
_HOUR: Final = 60
_LATEST_HOURS: Final = 6


Minute = TypedDict("Minute", {"from": str, "letters": int})
"""The letters of a whole minute that is over, and when it began."""


class Today(TypedDict):
    """A day in the campaign's time zone, as far as it has come."""

    date: str
    time_zone: str
    letters: int


class Moved(TypedDict):
    """A member, and its letters in the period that is told of."""

    member: str
    letters: int


class Ranking(Aged):
    """The members of a scope with most letters, of the campaign or of a period of it."""

    campaign: str
    as_of: str
    scope: Scope
    by: str
    members: list[Moved]


class Latest(TypedDict):
    """A country and the newest minute in which letters came from there."""

    country: str
    minute: str
    letters: int


class Pace(Aged):
    """How fast letters come; the last hour ends with the last whole minute, and the curve is of today."""

    campaign: str
    as_of: str
    last_minute: Minute
    last_hour: int
    previous_hour: int
    today: Today
    curve: list[tuple[str, int]]


class PlacePace(Pace):
    """How fast letters come for a case or from a country."""

    scope: Scope
    member: str


class Rates(Pace):
    """How fast letters of the whole campaign come, where from and for whom."""

    moved: dict[str, list[Moved]]
    latest: list[Latest]


class Moment:
    """A campaign's minutes as of a moment: all that is told is of the same epoch and ends with the same minute."""

    def __init__(self, minutes: Minutes, campaign: str, epoch: int | None, as_of: int) -> None:
        self._minutes, self.campaign, self._epoch = minutes, campaign, epoch
        self.as_of = as_of
        self.first = minutes.first_minute
        """The earliest minute that is remembered."""
        self.ends = as_of // 60_000
        """The minute that is not over yet."""

    def letters(self, place: Place, first: int, last: int) -> int:
        """Return the letters from one minute to before another."""
        return int(self._minutes.letters(self._epoch, self.campaign, place, first, last).sum())

    def steps(self, place: Place, edges: list[int]) -> list[int]:
        """Return the letters between each edge (a minute) and the next."""
        by_minute = self._minutes.letters(self._epoch, self.campaign, place, edges[0], edges[-1])
        return [int(by_minute[begin - edges[0] : end - edges[0]].sum()) for begin, end in pairwise(edges)]

    def of_members(self, scope: Scope, first: int, last: int) -> dict[str, int]:
        """Return the letters of each member of a scope that had some."""
        members = self._minutes.members(self._epoch, self.campaign, scope)
        found = {member: self.letters((scope, member), first, last) for member in members}
        return {member: letters for member, letters in found.items() if letters}

    def latest(self) -> list[Latest]:
        """Return the countries that letters came from last, the newest first, of the last hours."""
        found: list[tuple[int, str, int]] = []
        for country in self._minutes.members(self._epoch, self.campaign, "country"):
            first = self.ends - _LATEST_HOURS * _HOUR
            by_minute = self._minutes.letters(self._epoch, self.campaign, ("country", country), first, self.ends + 1)
            with_letters = (by_minute > 0).nonzero()[0]
            if len(with_letters):
                found.append((first + int(with_letters[-1]), country, int(by_minute[with_letters[-1]])))
        found.sort(key=lambda one: (-one[0], one[1]))
        return [
            {"country": country, "minute": iso_of(minute * 60_000), "letters": letters}
            for minute, country, letters in found[:_MOST_NAMED]
        ]


def rates_of(moment: Moment, time_zone: str) -> Rates:
    """Return how fast letters of a campaign come as of a moment."""
    ends = moment.ends
    return {
        **pace_of(moment, WORLD, time_zone),
        "moved": {
            scope: first_of(moment.of_members(scope, ends - _HOUR, ends).items(), _MOST_NAMED)
            for scope in ("country", "case")
        },
        "latest": moment.latest(),
    }


def place_pace_of(moment: Moment, place: Place, time_zone: str) -> PlacePace:
    """Return how fast letters of one place come as of a moment."""
    return {**pace_of(moment, place, time_zone), "scope": place[0], "member": place[1]}


def pace_of(moment: Moment, place: Place, time_zone: str) -> Pace:
    """Return how fast letters of a place come as of a moment."""
    ends, midnight = moment.ends, midnight_of(moment.as_of, time_zone)
    edges = [*range(midnight, ends + 1, CURVE_MINUTES), ends + 1]
    return {
        "campaign": moment.campaign,
        "as_of": iso_of(moment.as_of),
        "last_minute": {"from": iso_of((ends - 1) * 60_000), "letters": moment.letters(place, ends - 1, ends)},
        "last_hour": moment.letters(place, ends - _HOUR, ends),
        "previous_hour": moment.letters(place, ends - 2 * _HOUR, ends - _HOUR),
        "today": {
            "date": datetime.fromtimestamp(moment.as_of / 1000, ZoneInfo(time_zone)).date().isoformat(),
            "time_zone": time_zone,
            "letters": moment.letters(place, midnight, ends + 1),
        },
        "curve": [
            (iso_of(edge * 60_000), letters) for edge, letters in zip(edges, moment.steps(place, edges), strict=False)
        ],
    }


def first_of(letters: Iterable[tuple[str, int]], most: int) -> list[Moved]:
    """Return the members with most letters, the most first; those alike in the order of their names."""
    ordered = sorted(letters, key=lambda pair: (-pair[1], pair[0]))
    return [{"member": member, "letters": count} for member, count in ordered[:most]]


def midnight_of(moment_ms: int, time_zone: str) -> int:
    """Return the minute at which the day began that it is in a time zone."""
    local = datetime.fromtimestamp(moment_ms / 1000, ZoneInfo(time_zone))
    return minute_at(local.replace(hour=0, minute=0, second=0, microsecond=0))


def next_day(moment: datetime) -> datetime:
    """Return the next midnight of the same time zone: 23 to 25 hours later."""
    day = moment.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=moment.tzinfo)


def minute_at(moment: datetime) -> int:
    """Return the minute, counted from 1970 in UTC, that a moment is in."""
    return int(moment.astimezone(UTC).timestamp()) // 60
