"""From bytes to reports, without Kafka."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.admission import admit
from producers.channels.reports.read import Submission, read_form, read_json
from producers.identity import pseudonym_of
from schemas.catalogue import load_catalogue
from schemas.rejection import Reason
from schemas.report import LetterReport
from schemas.wire import Refusal, decode_report, encode

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml")
NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
KEY = b"k" * 32
BODY = {"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "amara", "letters": 5}]}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
json_values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=5), scalars, max_size=3)


def collected(submission: Submission | Refusal, now: datetime = NOW) -> list[LetterReport] | Refusal:
    if isinstance(submission, Refusal):
        return submission
    return admit(submission, CATALOGUE, channel="reports", source="reports", submission_id="s", key=KEY, now=now)


@given(st.binary())
def test_any_body_gets_an_answer(body: bytes) -> None:
    """Bytes of any kind are refused with a reason of the list, as JSON and as a form, and nothing is raised."""
    for read in (read_json, read_form):
        answer = collected(read(body))
        assert isinstance(answer, Refusal)
        assert answer.reason in get_args(Reason)


@given(
    st.dictionaries(st.sampled_from(["campaign", "country", "lines", "kind", "event", "email", "test"]), json_values)
)
def test_any_values_get_an_answer(changes: dict[str, object]) -> None:
    """Whatever stands in a field, the answer is reports that the wire takes, or a reason."""
    answer = collected(read_json(json.dumps({**BODY, **changes}).encode()))
    if isinstance(answer, Refusal):
        assert answer.reason in get_args(Reason)
    else:
        for report in answer:
            assert decode_report(report["report_id"].encode(), encode(report), [("version", b"1")]) == report


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"campaign": "w4r-1999"}, "unknown_campaign", "campaign"),
        ({"country": "fr"}, "bad_value", "country"),
        ({"country": "XX"}, "bad_value", "country"),
        ({"event": "nowhere"}, "unknown_event", "event"),
        ({"kind": "pigeon"}, "bad_value", "kind"),
        ({"email": "no address"}, "bad_value", "email"),
        ({"lines": [{"case": "amara", "letters": 0}]}, "nothing_to_count", "lines"),
        ({"lines": [{"case": "amara", "letters": -1}]}, "count_out_of_range", "lines.0.letters"),
        ({"lines": [{"case": "amara", "letters": 10**9}]}, "count_out_of_range", "lines.0.letters"),
        (
            {"lines": [{"case": "amara", "letters": 1}, {"case": "nobody", "letters": 1}]},
            "unknown_case",
            "lines.1.case",
        ),
        ({"lines": [{"case": "amara"}]}, "missing_field", "lines.0.letters"),
        ({"lines": []}, "bad_value", "lines"),
        ({"written_at": "yesterday"}, "bad_value", "written_at"),
        ({"written_at": "2031-01-01"}, "bad_value", "written_at"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], reason: Reason, field: str) -> None:
    """A refusal names the reason and the field."""
    answer = collected(read_json(orjson.dumps({**BODY, **change})))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.field) == (reason, field)


@pytest.mark.parametrize(("now", "reason"), [("2026-10-31", "campaign_not_open"), ("2027-02-01", "campaign_over")])
def test_a_campaign_has_its_time(now: str, reason: Reason) -> None:
    """Before it opens and after the deadline for late reports, a campaign takes nothing."""
    answer = collected(read_json(orjson.dumps(BODY)), datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert isinstance(answer, Refusal)
    assert answer.reason == reason


def test_late_reports_are_taken() -> None:
    """After the close and before the deadline, a report counts."""
    assert not isinstance(collected(read_json(orjson.dumps(BODY)), datetime(2027, 1, 15, tzinfo=UTC)), Refusal)


@pytest.mark.parametrize(
    "form",
    [
        b"campaign=w4r-2026&country=FR&letters[amara]=5&letters[rosa]=2&letters[ilya]=",
        b"campaign=w4r-2026&country=FR&letters%5Bamara%5D=5&letters%5Brosa%5D=2",
        b"campaign=w4r-2026&country=FR&case=amara&letters=5&case=rosa&letters=2&email=&event=",
    ],
)
def test_a_form_says_what_json_says(form: bytes) -> None:
    """Both ways to encode lines in a form give the reports that JSON gives."""
    lines = [{"case": "amara", "letters": 5}, {"case": "rosa", "letters": 2}]
    assert collected(read_form(form)) == collected(read_json(orjson.dumps({**BODY, "lines": lines})))


def test_a_pseudonym_is_of_the_person_not_of_the_spelling() -> None:
    """Case and white space of an address do not matter, its key does, and the address can't be seen in it."""
    one = pseudonym_of(" Writer@Example.org ", KEY)
    assert one == pseudonym_of("writer@example.org", KEY)
    assert one != pseudonym_of("writer@example.org", b"x" * 32)
    assert "writer" not in one
