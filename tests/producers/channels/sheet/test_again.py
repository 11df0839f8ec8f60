"""A sheet sent again: the same ids, a higher revision, and what it leaves out is taken back."""

import tomllib
from pathlib import Path

from producers.channels.reading import Delivery, Draft
from producers.channels.sheet.names import knowing
from producers.channels.sheet.read import CHANNEL
from schemas.catalogue import Campaign
from tests.producers.channels.sheet.sheets import SENT_AT, SOURCE, counted, seen, taken_back

_LONG = "Event,Case,Letters\nLiceum,Amara Okello,5\nLiceum,Rosa,6\n"
_WIDE = "\n\nSzkoła;Rosa Quispe;amara\nLICEUM;6;5\n"


def _ids(text: str) -> dict[tuple[str, str], tuple[bool, int]]:
    return {(d.submission, d.line): (d.withdrawn, d.letters) for d in seen(text).readings if isinstance(d, Draft)}


def test_the_same_reports_have_the_same_ids_in_any_layout() -> None:
    """Event, case and kind make the id, however they are spelt and wherever they stand."""
    assert _ids(_LONG) == _ids(_WIDE)


def test_the_moment_of_sending_is_the_revision() -> None:
    """Each draft, withdrawals too, carries the collector's clock, so that a later sheet replaces an earlier one."""
    readings = CHANNEL.read(Delivery(_LONG.encode(), {}, SENT_AT + 1), SOURCE)
    assert {reading.revision for reading in readings if isinstance(reading, Draft)} == {SENT_AT + 1}


def test_what_a_sheet_leaves_out_is_taken_back() -> None:
    """Of an event in the sheet, every case of the source and every kind that it does not say is withdrawn."""
    preview = seen(_LONG)
    assert ("event:liceum", "ilya/letter") in taken_back(preview)
    assert ("event:liceum", "amara/email") in taken_back(preview)
    assert ("event:liceum", "amara/letter") not in taken_back(preview)
    assert len(taken_back(preview)) + len(counted(preview)) == 3 * 6


def test_nothing_and_zero_are_left_out() -> None:
    """A blank cell, a dash and a zero take back what an earlier sheet said there."""
    preview = seen("Event;Amara;Ilya;Rosa\nLiceum;5;0;-\nGimnazjum;0;;\n")
    assert list(counted(preview).values()) == [5]
    assert {("event:liceum", "ilya/letter"), ("event:liceum", "rosa/letter")} <= taken_back(preview)
    assert ("event:gimnazjum", "amara/letter") in taken_back(preview)


def test_other_events_are_left_alone() -> None:
    """Only events that the sheet names lose anything."""
    assert {submission for submission, _ in taken_back(seen(_LONG))} == {"event:liceum"}


def test_an_event_with_a_refused_row_loses_nothing() -> None:
    """What can't be read is not what is left out: nothing of that event is taken back, of another it is."""
    preview = seen("Event,Case,Letters\nLiceum,Amara,5\nLiceum,Roza,6\nGimnazjum,Amara,7\n")
    assert {submission for submission, _ in taken_back(preview)} == {"event:gimnazjum"}


def test_a_refused_row_without_an_event_keeps_every_event() -> None:
    """A row that may belong to any event keeps all of them from losing anything."""
    assert taken_back(seen("Event,Case,Letters\nLiceum,Amara,5\n,Rosa,6\n")) == set()


def test_a_sheet_without_events_is_of_the_sources() -> None:
    """A sheet that names no event and one that names the source's own have the same ids."""
    source = SOURCE.model_copy(update={"event": "liceum"})
    without = seen("Case,Letters\nAmara,5\n", source).readings[0]
    named = seen("Event,Case,Letters\nLiceum,Amara,5\n", source).readings[0]
    assert isinstance(without, Draft)
    assert isinstance(named, Draft)
    assert (without.submission, without.line) == (named.submission, named.line) == ("event:liceum", "amara/letter")


def test_a_source_can_know_every_case_of_its_campaign() -> None:
    """A source learns slugs and names of the campaign's cases and events, and keeps the names of its own."""
    file = Path(__file__).parents[4] / "deploy" / "demo" / "campaign.toml"
    campaign = Campaign.model_validate(tomllib.loads(file.read_text()))
    source = knowing(SOURCE.model_copy(update={"cases": {"Mei": "mei"}}), campaign)
    preview = seen(f"Event,Amara Okello,mei,Thandi Mabuza\n{campaign.events[0].name},1,2,3\n", source)
    assert preview.letters == 6
    assert (f"event:{campaign.events[0].event}", "tomasz/letter") in taken_back(preview)


def test_too_many_events_are_refused() -> None:
    """A sheet whose withdrawals would go beyond the bound is refused whole, not in part."""
    rows = "".join(f"Event {number},Amara,1\n" for number in range(3000))
    (refusal,) = seen("Event,Case,Letters\n" + rows).readings
    assert not isinstance(refusal, Draft)
    assert "too_large" in refusal
