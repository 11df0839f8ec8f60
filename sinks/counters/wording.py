"""What pages and their script say in words; the script gets the same sentences, with the same gaps. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta

from schemas.reader import Reader
from sinks.counters.shades import EDGES
from sinks.counters.showing import Shown


def words_of(reader: Reader) -> Mapping[str, str]:
    """Return every sentence that both the page and its script say."""
    _ = reader.translations.gettext
    return {
        "live": _("Counting live."),
        "lost": _("The connection is lost. The last numbers received stay here; trying again."),
        "stale": _("These numbers are not new: they were complete %(age)s. New ones appear here once they come."),
        "goal": _("Goal: %(number)s"),
        "next": _("Next milestone: %(number)s"),
        "goal_reached": _("The goal is reached: %(number)s"),
        "reached": _("The last milestone is reached: %(number)s"),
        "corrected": _("A correction lowered a number: %(name)s, %(number)s"),
        "world": _("the whole world"),
        "here": _("where you are: %(clock)s"),
        "rank": _("Rank among countries: %(rank)s of %(count)s"),
        "curve": _("Today by ten minutes; the most, %(number)s, from %(clock)s on"),
    }


def status_of(reader: Reader, as_of: datetime | None, now: datetime, limit: timedelta) -> str:
    """Return how new the numbers are, for those who read without script."""
    _ = reader.translations.gettext
    if as_of is None:
        return _("The numbers are being counted again and are not complete yet. Look again in a minute.")
    if now - as_of > limit:
        said = _("These numbers are not new: they were complete %(age)s. Reload to see newer ones.")
        return said % {"age": ago(reader, now - as_of)}
    return _("Counted just now. Reload to see newer numbers.")


def ago(reader: Reader, age: timedelta) -> str:
    """Return how long ago something was, such as 2 minutes ago."""
    return format_timedelta(-age, add_direction=True, locale=reader.locale)


def milestone_in_words(reader: Reader, one: Shown) -> str:
    """Return what is to be reached next, else what has been reached; nothing where there is no milestone."""
    if not one.milestones:
        return ""
    told = one.next or one.milestones[-1]
    word = ("goal" if told.is_goal else "next") if one.next else ("goal_reached" if told.is_goal else "reached")
    return words_of(reader)[word] % {"number": reader.number(told.letters)}


def rank_in_words(reader: Reader, rank: int, count: int) -> str:
    """Return a country's rank among those with letters."""
    return words_of(reader)["rank"] % {"rank": reader.number(rank), "count": reader.number(count)}


def clock(moment: datetime, zone: str) -> str:
    """Return the time of day to the second with how far the zone is from UTC: no reader has to know its name."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S} {zone_in_words(moment, zone)}"


def zone_in_words(moment: datetime, zone: str) -> str:
    """Return how far a zone is from UTC at a moment."""
    local = moment.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return "UTC" + (f"{offset[:3]}:{offset[3:]}" if local.utcoffset() else "")


def moment_in_words(reader: Reader, moment: datetime, zone: str) -> str:
    """Return day and time of day."""
    return f"{reader.day(moment.astimezone(ZoneInfo(zone)).date())}, {apart(reader, clock(moment, zone))}"


def apart(reader: Reader, said: str) -> str:
    """Return a part of a sentence that keeps its own direction within one that is written from right to left."""
    return f"\u2068{said}\u2069" if reader.direction == "rtl" else said


def legend_of(reader: Reader) -> Sequence[str]:
    """Return what each shade of the map means."""
    _ = reader.translations.gettext
    between = [
        _("%(first)s to %(last)s") % {"first": reader.number(first), "last": reader.number(after - 1)}
        for first, after in pairwise(EDGES)
    ]
    return [_("none"), *between, _("%(first)s and more") % {"first": reader.number(EDGES[-1])}]
