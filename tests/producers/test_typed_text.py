"""What is kept of refused texts: what helps to mend, nothing that looks like a person."""

from pathlib import Path

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from producers.admission import without_personal_data
from producers.channels.known import CHANNELS
from producers.channels.reading import Draft, Refused
from producers.channels.reports.read import Line, Submission
from producers.channels.source import Source
from producers.drafts import Rules, without_personal_texts
from producers.identity import held_id_of
from producers.known_events import KnownEvents
from producers.pseudonyms import NO_KEYS
from producers.sorting import sort
from producers.sources import Configured
from producers.typed_text import MOST, name_without_personal, without_personal
from schemas.catalogue import load_catalogue
from schemas.identity import report_id_of

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml")
RULES = Rules(CATALOGUE, NO_KEYS, KnownEvents(CATALOGUE, is_read=True).is_known)
NOW = 1_796_900_000_000
AROUND = st.text(st.sampled_from("ab cé,.-ż "), max_size=30)
PERSONAL = [
    "anna.kowalska@example.org",
    "anna＠example.org",  # noqa: RUF001 (the wide one is meant)
    "+48 601 234 567",
    "0601234567",
    "601-234-567",
    "(212) 555-0123",
    "+48 600 123 456",
    "06 12 34 56 78",
    "(555) 123-4567",
    "+1 555 2020-2030",
    "anna-0612345678",
    "anna-06-12-34-56-78",
    "anna-601-234-567",
    "٠٦٠١٢٣٤٥٦٧",
    "https://example.org/anna",
    "www.example.org",
    "example.org/anna",
    "Anna\nLima",
    "Anna\u2028Lima",
]


@pytest.mark.parametrize("personal", PERSONAL)
@given(before=AROUND, after=AROUND)
def test_what_looks_personal_is_left_out(personal: str, before: str, after: str) -> None:
    """An address, a number, a link and several lines are left out as a whole, whatever stands around them."""
    for kept in (
        without_personal(f"{before} {personal} {after}"),
        name_without_personal(f"{before} {personal} {after}"),
    ):
        assert kept.endswith(", left out]")


@given(st.text())
@example("x" * 79 + "@example.org")
@example("\ud800")
@example("7" * 81)
def test_what_is_kept_is_short_and_on_one_line(typed: str) -> None:
    """Of any text one line of at most 80 characters without an at sign is kept, and what is kept once is kept again."""
    kept = without_personal(typed)
    assert len(kept) <= MOST
    assert len(f"{kept}.".splitlines()) == 1
    assert "@" not in kept
    assert without_personal(kept) == kept


@pytest.mark.parametrize(
    "name",
    ["Noor", "noor", "Amara (10.12.2026)", "Write-a-thon 2026-12-10", "كتابة", "700143", "12345678", "x" * 80, ""],
)
def test_a_name_of_ordinary_length_is_kept(name: str) -> None:
    """A mistyped name, a day and a petition's number come back as they were."""
    assert without_personal(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("lycee-2026-2027", "w4r-2026-2027", "school-2026-0012", "ecole-75011-2026", "10-12-2026-oslo"),
        *("ecole-75011-12", "Class of 2026/2027", "(2025-2026)", "2026 – 2027", "oslo-2026-12-10"),  # noqa: RUF001 (a dash)
    ],
)
def test_years_and_the_numbers_of_a_slug_are_kept(name: str) -> None:
    """A year, a post code and a short number in a slug, and a year after another, are no telephone number."""
    assert without_personal(name) == name


def test_what_organisers_named_is_kept_whatever_it_looks_like() -> None:
    """An event, and a source's name for a case, that look like telephone numbers are kept, so they can be retried."""
    known = KnownEvents(CATALOGUE)
    submission = Submission(campaign="w4r-2026", country="FR", event="0601234567", lines=[Line(case="noor", letters=1)])
    assert without_personal_data(submission, CATALOGUE, NO_KEYS, known.is_known)["event"] is None
    known.put(
        {
            "campaign": "w4r-2026",
            "event": "0601234567",
            "name": "Oslo",
            "place": "Oslo",
            "country": "NO",
            "date": "2026-12-10",
            "registered_at": 1,
        }
    )
    known.end_reading()
    assert without_personal_data(submission, CATALOGUE, NO_KEYS, known.is_known)["event"] == "0601234567"
    source = Source(source="a-source", channel="generic", campaign="w4r-2026", cases={"06 12 34 56 78": "noor"})
    draft = Draft(submission="s-1", line="", letters=0, case="06 12 34 56 78", event="0601234567")
    rules = Rules(CATALOGUE, NO_KEYS, known.is_known)
    assert without_personal_texts(draft, Configured(source, CHANNELS["generic"], ()), rules).left_out == []


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=300))
def test_a_program_s_name_is_kept(name: str) -> None:
    """An id of any length that a platform has made is kept, and so is the address of its page."""
    assert name_without_personal(name) == name
    page = "https://example.org/petitions/1234567890"
    assert name_without_personal(page) == page
    assert name_without_personal(f"{page}?email=x") != page


def kept_of(channel: str, **said: object) -> dict[str, object]:
    source = Source(source="a-source", channel=channel, campaign="w4r-2026")
    draft = Draft.model_validate({"submission": "s-1", "letters": 1, "case": "amara"} | said)
    done = sort([draft], b"", Configured(source, CHANNELS[channel], ()), RULES, NOW)
    (rejection,) = done.rejections
    value: dict[str, object] = orjson.loads(rejection["value"] or "")
    return value


def test_a_refused_draft_names_what_was_left_out() -> None:
    """Whatever field it was typed into, and whatever id was made of it, it is in no part of what is kept."""
    address = "Anna@Example.org"
    for said in (
        {"case": address, "line": address},
        {"event": address, "submission": "event:anna@example.org", "line": "amara/letter"},
        {"case": "noor", "country": address},
        {"case": "+48 601 234 567", "line": "48601234567/letter"},
        {"campaign": address},
    ):
        kept = kept_of("generic", **said)
        assert b"anna" not in orjson.dumps(kept).lower()
        assert b"601" not in orjson.dumps(kept)
        assert set(kept["left_out"]) == {name for name, text in said.items() if text not in ("noor", "amara/letter")}  # type: ignore[call-overload]  # names


def test_a_refused_draft_without_anything_personal_is_kept_whole() -> None:
    """What was typed wrong, and which of a platform's pages has no case yet, can be read and judged again."""
    page = "https://actionnetwork.org/api/v2/advocacy_campaigns/5c1ba4d0-6a4b-4d9e-8a4c-1f2d3e4f5a6b/" + "x" * 60
    identifier = "action_network:71497ab2-b3e7-4896-af46-126ac7287dab"
    for channel, said in (
        ("action-network", {"case": page, "submission": identifier}),
        ("petition-counter", {"case": "700143000", "submission": "700143000", "line": "FR"}),
        ("generic", {"case": "Nor", "event": "Toulouse, Salle des fêtes", "submission": "order-60123"}),
    ):
        kept = kept_of(channel, **said)
        assert "left_out" not in kept
        assert said.items() <= kept["draft"].items()  # type: ignore[attr-defined]  # an object


def test_a_heading_that_was_typed_is_judged_too() -> None:
    """The field that a refusal names may be a heading of a sheet, and is kept by the same rule."""
    source = Source(source="a-source", channel="sheet", campaign="w4r-2026")
    refused = [Refused(None, "bad_value", "Letters of anna@example.org", "row 3: expected a whole number")]
    (rejection,) = sort(refused, b"x", Configured(source, CHANNELS["sheet"], ()), RULES, NOW).rejections
    assert rejection["field"] == "[like an e-mail address, left out]"


def test_a_number_that_looks_like_a_code_is_left_out_of_our_own_reports() -> None:
    """A telephone number in the field of a case or an event is no code."""
    submission = Submission(
        campaign="w4r-2026", country="FR", event="0601234567", lines=[Line(case="601234567", letters=1)]
    )
    kept = without_personal_data(submission, CATALOGUE, NO_KEYS, RULES.knows_event)
    assert kept["event"] is None
    assert kept["lines"] == [{"case": None, "letters": 1}]


@pytest.mark.parametrize("own", [*PERSONAL[:14], "idmail.person@example.net"])
def test_a_sender_s_own_id_that_looks_personal_is_left_out(own: str) -> None:
    """Of such an id nothing is kept but what is made of it, so that its report can be judged again."""
    kept = kept_of("generic", case="unknownn", submission=own)
    assert own.encode() not in orjson.dumps(kept)
    assert kept["left_out"] == ["submission"]
    assert kept["ids"] == {
        "report_id": report_id_of("generic", "a-source", own, ""),
        "held_id": held_id_of("generic", "a-source", own),
    }
