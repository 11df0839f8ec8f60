"""What is known of campaigns: the files, and the events that organisers have registered."""

import random
from pathlib import Path

import orjson
import pytest
from pydantic import ValidationError

from schemas.catalogue import Catalogue, load_catalogue
from sinks.counters.known import Known, Registered, decode_registered
from tests.sinks.counters.conftest import CAMPAIGN

IN_FILE = """
[[events]]
event = "night"
name = "A night"
place = "Paris"
country = "FR"
date = 2026-12-10
"""
EVENT = {
    "campaign": "w4r-2026",
    "event": "school",
    "name": "The school",
    "place": "Oaxaca",
    "country": "MX",
    "date": "2026-12-09",
    "registered_at": 5,
}


@pytest.fixture
def files(tmp_path: Path) -> Catalogue:
    path = tmp_path / "campaign.toml"
    path.write_text(CAMPAIGN + IN_FILE)
    return load_catalogue(path)


def registered(**changes: str | int) -> Registered:
    return decode_registered("events", b"", orjson.dumps(EVENT | changes))


def names(known: Known) -> list[str]:
    return [event.name for event in known.catalogue.campaigns["w4r-2026"].events]


def test_registered_events_stand_beside_those_of_the_file(files: Catalogue) -> None:
    """Each has name, place, country and day; the campaign's other facts are as the file says."""
    known = Known(files)
    known.put([registered()])
    campaign = known.catalogue.campaigns["w4r-2026"]
    assert names(known) == ["A night", "The school"]
    assert (campaign.events[1].place, campaign.events[1].date.isoformat()) == ("Oaxaca", "2026-12-09")
    assert campaign.cases == files.campaigns["w4r-2026"].cases


def test_the_last_registration_stands_in_whatever_order_they_come(files: Catalogue) -> None:
    """Of one event the newest wins, of one millisecond the same one for everybody; the file's is never replaced."""
    told = [registered(name=f"Name {at % 3}", registered_at=at // 2) for at in range(8)]
    told += [registered(event="night", name="Another night", registered_at=99)]
    found = set()
    for seed in range(20):
        known = Known(files)
        known.put(random.Random(seed).sample(told, len(told)) + told[:3])
        found.add(tuple(names(known)))
    assert len(found) == 1
    assert found.pop()[0] == "A night"


def test_an_event_of_a_campaign_that_nobody_knows_is_nothing(files: Catalogue) -> None:
    """It can't be shown: there is no campaign that it could be shown in."""
    known = Known(files)
    known.put([registered(campaign="other")])
    assert known.catalogue is files


def test_what_is_read_again_makes_nothing_anew(files: Catalogue) -> None:
    """The same registration again leaves the catalogue as it stands, object and all."""
    known = Known(files)
    known.put([registered()])
    before = known.catalogue
    known.put([registered()])
    assert known.catalogue is before


@pytest.mark.parametrize("changes", [{"date": "2026-02-31"}, {"event": "none"}, {"name": "a\nb"}, {"country": "fr"}])
def test_what_is_no_event_is_refused(changes: dict[str, str]) -> None:
    """A day that does not exist, a reserved id, a name of two lines: it is refused like any other bad record."""
    with pytest.raises(ValidationError):
        registered(**changes)
