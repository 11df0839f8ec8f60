"""Rates, series and windows are a plain recount of the minutes, in any time zone, on days of 23 to 25 hours too."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.counters.history import STEPS, Step, Window, series_of, sums_of, window_of
from sinks.counters.minutes import REMEMBERED_MINUTES, WORLD, Minutes
from sinks.counters.problems import Problem
from sinks.counters.rates import Moment, minute_at, rates_of
from tests.sinks.counters.test_minutes import CAMPAIGN, emitted

ZONES = ("UTC", "Europe/Warsaw", "Asia/Kathmandu", "Pacific/Kiritimati", "America/Mexico_City")
# Around a change to winter time (a day of 25 hours in Warsaw), and one to summer time (23).
NOWS = st.sampled_from([datetime(2026, 10, 26, 15, 7, tzinfo=UTC), datetime(2026, 3, 30, 1, 59, tzinfo=UTC)])
arrivals = st.lists(
    st.tuples(
        st.integers(0, REMEMBERED_MINUTES - 1), st.sampled_from("ab"), st.sampled_from(["FR", "PL"]), st.integers(1, 9)
    ),
    max_size=30,
)
Arrivals = list[tuple[int, str, str, int]]


def _moment(now: datetime, ages: Arrivals) -> tuple[Moment, Arrivals]:
    """Return the moment, and what arrived: minute, case, country, letters."""
    ends = minute_at(now)
    history = [(ends - age, case, country, letters) for age, case, country, letters in ages]
    minutes = Minutes()
    minutes.remember(ends - REMEMBERED_MINUTES, None)
    for tally in emitted(history, 0, random.Random(1)):
        minutes.put(tally)
    return Moment(minutes, CAMPAIGN, 1, int(now.timestamp() * 1000)), history


def _step_of(minute: int, step: Step, zone: str) -> datetime:
    local = datetime.fromtimestamp(minute * 60, ZoneInfo(zone))
    if step == "minute":
        return local.astimezone(UTC)
    begin = local.replace(minute=0) if step == "hour" else local.replace(hour=0, minute=0, fold=0)
    return begin.astimezone(UTC)


@given(NOWS, arrivals, st.sampled_from(STEPS), st.sampled_from(ZONES))
def test_a_series_is_a_recount(now: datetime, ages: Arrivals, step: Step, zone: str) -> None:
    """Each letter of a step that is remembered whole is in that step, by the reader's clock, and nowhere else."""
    moment, history = _moment(now, ages)
    told = series_of(moment, WORLD, step, window_of(moment, (None, None), zone), zone)
    expected: dict[datetime, int] = {}
    for minute, _, _, letters in history:
        begin = _step_of(minute, step, zone)
        if minute_at(begin) >= moment.first:
            expected[begin] = expected.get(begin, 0) + letters
    found = {datetime.fromisoformat(begin): letters for begin, letters in told["points"]}
    assert {begin: letters for begin, letters in found.items() if letters} == expected
    assert list(found) == sorted(found)


@given(NOWS, arrivals, st.sampled_from(ZONES))
def test_rates_are_a_recount(now: datetime, ages: Arrivals, zone: str) -> None:
    """The last whole minute, the hour that ends with it and today are sums of what arrived in them."""
    moment, history = _moment(now, ages)
    told = rates_of(moment, zone)
    ends = minute_at(now)

    def between(first: int, last: int) -> int:
        return sum(letters for minute, *_, letters in history if first <= minute < last)

    assert told["last_minute"]["letters"] == between(ends - 1, ends)
    assert (told["last_hour"], told["previous_hour"]) == (between(ends - 60, ends), between(ends - 120, ends - 60))
    midnight = _step_of(ends, "day", zone)
    assert told["today"]["letters"] == between(minute_at(midnight), ends + 1)
    assert sum(letters for _, letters in told["curve"]) == told["today"]["letters"]
    assert told["today"]["date"] == now.astimezone(ZoneInfo(zone)).date().isoformat()
    moved = {one["member"]: one["letters"] for one in told["moved"]["country"]}
    assert sum(moved.values()) == told["last_hour"]


@given(NOWS, arrivals, st.integers(0, REMEMBERED_MINUTES - 1), st.integers(1, 2 * REMEMBERED_MINUTES))
def test_a_window_adds_up(now: datetime, ages: Arrivals, age: int, length: int) -> None:
    """The letters of any window are those that arrived in it, and its countries and cases sum to its world."""
    moment, history = _moment(now, ages)
    first = moment.ends - age
    told = sums_of(moment, Window(first, first + length))
    sums = {
        scope: sum(one["letters"] for one in told["totals"] if one["scope"] == scope)
        for scope in ("world", "country", "case")
    }
    expected = sum(letters for minute, *_, letters in history if first <= minute < first + length)
    assert set(sums.values()) == {expected}
    assert told["is_over"] is (first + length <= moment.ends)


def test_the_tenth_of_december_anywhere_on_earth() -> None:
    """From Kiritimati to Baker Island the tenth is 50 hours long, and all of it is remembered when it ends."""
    begins, ends = "2026-12-10T00:00+14:00", "2026-12-11T00:00-12:00"
    now = datetime.fromisoformat(ends) + timedelta(hours=20)
    moment, _ = _moment(now, [])
    window = window_of(moment, (begins, ends), "UTC")
    assert window.last - window.first == 50 * 60
    assert sums_of(moment, window)["is_over"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (("yesterday", None), "from"),
        ((None, "2026-13-01"), "to"),
        (("2026-10-26T12:00", "2026-10-26T12:00"), "to"),
        (("0001-01-01T00:00+14:00", None), "from"),
        (("9999-12-31T23:59-12:00", None), "from"),
    ],
)
def test_a_window_that_is_none_is_told(asked: tuple[str | None, str | None], field: str) -> None:
    """What is no moment, or ends before it begins, is refused with the parameter's name."""
    moment, _ = _moment(datetime(2026, 10, 26, 15, 7, tzinfo=UTC), [])
    with pytest.raises(Problem) as problem:
        sums_of(moment, window_of(moment, asked, "UTC"))
    assert problem.value.body["field"] == field
