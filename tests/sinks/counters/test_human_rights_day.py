from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import Campaign
from sinks.counters.human_rights_day import way_of

DAY = date(2026, 12, 10)


def at(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "phase", "first", "last"),
    [
        ("2026-12-09T09:59:59", "coming", "coming", "coming"),
        ("2026-12-09T10:00:00", "now", "now", "coming"),
        ("2026-12-10T09:59:59", "now", "now", "coming"),
        ("2026-12-10T10:00:00", "now", "over", "coming"),
        ("2026-12-10T12:00:00", "now", "over", "now"),
        ("2026-12-11T11:59:59", "now", "over", "now"),
        ("2026-12-11T12:00:00", "over", "over", "over"),
    ],
)
def test_the_day_begins_in_kiritimati_and_ends_on_baker_island(moment: str, phase: str, first: str, last: str) -> None:
    """It is 50 hours long: from 10:00 UTC on the day before to 12:00 UTC on the day after."""
    way = way_of(DAY, at(moment))
    assert (way.phase, way.places[0].phase, way.places[-1].phase) == (phase, first, last)


@given(st.integers(min_value=-200_000, max_value=200_000))
def test_places_and_the_world_agree(seconds: int) -> None:
    """It is that day somewhere exactly while it is on Earth as a whole, and it goes west: never back to the east."""
    way = way_of(DAY, at("2026-12-10T12:00:00") + timedelta(seconds=seconds))
    assert bool(way.here) == (way.phase == "now")
    order = {"over": 0, "now": 1, "coming": 2}
    phases = [order[place.phase] for place in way.places]
    assert phases == sorted(phases)


def test_places_tell_their_own_clocks() -> None:
    """At noon in Greenwich it is two in the morning of the next day in Kiritimati."""
    places = {place.zone: place.local for place in way_of(DAY, at("2026-12-10T12:00:00")).places}
    assert f"{places['Pacific/Kiritimati']:%d %H:%M}" == "11 02:00"
    assert f"{places['Asia/Kolkata']:%d %H:%M}" == "10 17:30"
    assert f"{places['Etc/GMT+12']:%d %H:%M}" == "10 00:00"


@pytest.mark.parametrize(
    ("opens", "day"),
    [("2026-11-01", date(2026, 12, 10)), ("2026-12-10", date(2026, 12, 10)), ("2026-12-11", date(2027, 12, 10))],
)
def test_the_day_is_the_first_one_of_the_campaign(opens: str, day: date) -> None:
    """A campaign's day is the first 10 December on or after the day that it opens."""
    campaign = Campaign.model_validate(
        {
            "campaign": "c",
            "title": "C",
            "time_zone": "UTC",
            "opens": f"{opens}T00:00:00",
            "closes": "2028-01-01T00:00:00",
            "late_until": "2028-01-01T00:00:00",
            "goal": 1,
            "cases": [{"case": "a", "name": "A", "country": "FR", "line": "a"}],
        }
    )
    assert campaign.day == day
