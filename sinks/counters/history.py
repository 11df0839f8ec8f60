"""Letters over time: by minute, hour or day of a time zone, and in any window. Pure; time is a parameter."""

from datetime import datetime
from typing import Final, Literal, NamedTuple, NotRequired, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from typing_extensions import TypedDict

from schemas.tally import MINUTE_SCOPES, Place, Scope
from sinks.counters.edition import Aged, iso_of
from sinks.counters.minutes import WORLD
from sinks.counters.problems import bad_value
from sinks.counters.rates import Moment, minute_at, next_day

Step = Literal["minute", "hour", "day"]
STEPS: Final[tuple[Step, ...]] = get_args(Step)


class Series(Aged):
    """The letters of a member by steps, each with its begin; the last one may not be over."""

    campaign: str
    as_of: str
    scope: Scope
    member: str
    by: Step
    time_zone: str
    remembered_from: str
    points: list[tuple[str, int]]


class Sum(TypedDict):
    """The letters of a member in a window."""

    scope: Scope
    member: str
    letters: int


WindowSums = TypedDict(
    "WindowSums",
    {
        "campaign": str,
        "as_of": str,
        "from": str,
        "to": str,
        "is_over": bool,
        "totals": list[Sum],
        "is_stale": NotRequired[bool],
        "age_seconds": NotRequired[float],
    },
)
"""The letters of a window, until now where it is not over: world, countries and cases, each of which add up."""


class Window(NamedTuple):
    """From one minute to before another."""

    first: int
    last: int


def zone_of(asked: str | None, default: str) -> str:
    """Return the time zone that was asked for; raises Problem where there is none such."""
    if not asked:
        return default
    try:
        return ZoneInfo(asked).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise bad_value("zone", "a name of the time zone database, such as Europe/Warsaw") from None


def moment_of(field: str, asked: str, time_zone: str) -> datetime:
    """Return a moment given as ISO 8601, in the time zone where it names no offset; raises Problem."""
    try:
        moment = datetime.fromisoformat(asked)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
        minute_at(moment)
    except (ValueError, OverflowError):
        raise bad_value(field, "a moment as in ISO 8601, such as 2026-12-10T12:00 or 2026-12-10T12:00+14:00") from None
    return moment


def window_of(moment: Moment, asked: tuple[str | None, str | None], time_zone: str) -> Window:
    """Return what is asked for (from, to), all that is remembered where nothing is; raises Problem where it is none."""
    begins, ends = asked
    first = minute_at(moment_of("from", begins, time_zone)) if begins else moment.first
    last = minute_at(moment_of("to", ends, time_zone)) if ends else moment.ends + 1
    if last <= first:
        raise bad_value("to", "a moment after `from`")
    return Window(first, last)


def series_of(moment: Moment, place: Place, step: Step, asked: Window, time_zone: str) -> Series:
    """Return the letters of a member by steps, of those that are remembered from their begin, until now."""
    asked = Window(max(asked.first, moment.first), min(asked.last, moment.ends + 1))
    edges = [edge for edge in _edges(step, asked, time_zone) if edge >= moment.first]
    letters = moment.steps(place, edges) if len(edges) > 1 else []
    return {
        "campaign": moment.campaign,
        "as_of": iso_of(moment.as_of),
        "scope": place[0],
        "member": place[1],
        "by": step,
        "time_zone": time_zone,
        "remembered_from": iso_of(moment.first * 60_000),
        "points": [(iso_of(edge * 60_000), count) for edge, count in zip(edges, letters, strict=False)],
    }


def sums_of(moment: Moment, asked: Window) -> WindowSums:
    """Return the letters of a window for the world, each country and each case; raises Problem where a part is gone."""
    if asked.first < moment.first:
        raise bad_value("from", f"a moment since {iso_of(moment.first * 60_000)}: what was before is not remembered")
    until_now = Window(asked.first, min(asked.last, moment.ends + 1))
    return {
        "campaign": moment.campaign,
        "as_of": iso_of(moment.as_of),
        "from": iso_of(asked.first * 60_000),
        "to": iso_of(asked.last * 60_000),
        "is_over": moment.ends >= asked.last,
        "totals": [
            {"scope": scope, "member": member, "letters": letters}
            for scope in MINUTE_SCOPES
            for member, letters in sorted(_members(moment, scope, until_now).items())
        ],
    }


def _members(moment: Moment, scope: Scope, asked: Window) -> dict[str, int]:
    if scope == "world":
        return {WORLD[1]: moment.letters(WORLD, asked.first, asked.last)}
    return moment.of_members(scope, asked.first, asked.last)


def _edges(step: Step, asked: Window, time_zone: str) -> list[int]:
    """Return where the steps of a window begin, and where its last one ends; hours begin with the zone's."""
    if asked.last <= asked.first:
        return []
    if step == "minute":
        return [*range(asked.first, asked.last + 1)]
    first = datetime.fromtimestamp(asked.first * 60, ZoneInfo(time_zone)).replace(minute=0)
    if step == "hour":
        begin = minute_at(first)
        return [*range(begin, asked.last + 60, 60)]
    day, edges = first.replace(hour=0), [minute_at(first.replace(hour=0))]
    while edges[-1] < asked.last:
        day = next_day(day)
        edges.append(minute_at(day))
    return edges
