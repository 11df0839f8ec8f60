"""From bytes to reports, without Kafka."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from producers.admission import admit, without_personal_data
from producers.channels.reports.read import Submission, read_body, read_form, read_json
from producers.identity import pseudonym_of
from producers.known_events import KnownEvents
from producers.pseudonyms import PseudonymKeys
from schemas.catalogue import load_catalogue
from schemas.rejection import Reason
from schemas.report import LetterReport
from schemas.wire import Refusal, decode_report, encode

CATALOGUE = load_catalogue(Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml")
NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
KEY = b"k" * 32
KNOWS_EVENT = KnownEvents(CATALOGUE, is_read=True).is_known
BODY = {"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "amara", "letters": 5}]}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
json_values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.text(max_size=5), scalars, max_size=3)

fuzz = settings(suppress_health_check=[HealthCheck.too_slow])  # the first text drawn builds tables of Unicode


def collected(
    submission: Submission | Refusal, now: datetime = NOW, *, is_correction: bool = False
) -> list[LetterReport] | Refusal:
    if isinstance(submission, Refusal):
        return submission
    whose = {"channel": "reports", "source": "reports", "submission_id": "s"}
    rules = {"keys": PseudonymKeys(KEY), "knows_event": KNOWS_EVENT}
    return admit(submission, CATALOGUE, **whose, **rules, now=now, is_correction=is_correction)


@fuzz
@given(st.binary())
@example(b"\xff\xfe{\x00}\x00")
@example(b"[" * 60_000)
@example(b'{"campaign":' * 900 + b"1" + b"}" * 900)
@example(b'{"lines": [{"case": "amara", "letters": ' + b"9" * 50_000 + b"}]}")
@example(b"letters=" + b"9" * 50_000)
@example(b'{"campaign": "\\ud800"}')
@example(b"&" * 60_000)
def test_any_body_gets_an_answer(body: bytes) -> None:
    """Bytes of any kind are refused with a reason of the list, as JSON and as a form, and nothing is raised."""
    for read in (read_json, read_form):
        answer = collected(read(body))
        assert isinstance(answer, Refusal)
        assert answer.reason in get_args(Reason)


@pytest.mark.parametrize("is_correction", [False, True])
@fuzz
@given(
    st.dictionaries(
        st.sampled_from(
            ["campaign", "country", "lines", "kind", "event", "email", "test", "written_at", "modified_at", "name"]
        ),
        json_values,
    )
)
@example({"written_at": "0001-01-01T00:00:00+23:59"})
@example({"written_at": "9999-12-31T23:59:59-23:59"})
@example({"modified_at": "0001-01-01T00:00:00+23:59"})
@example({"modified_at": "9999-12-31T23:59:59-23:59"})
@example({"email": "x@" + "ä" * 300 + ".org"})
def test_any_values_get_an_answer(is_correction: bool, changes: dict[str, object]) -> None:  # noqa: FBT001 (a parameter)
    """Whatever stands in a field of a report or correction, the answer is reports that the wire takes, or a reason."""
    read = read_json(json.dumps({**BODY, **changes}).encode())
    answer = collected(read, is_correction=is_correction)
    if isinstance(answer, Refusal):
        assert answer.reason in get_args(Reason)
        assert isinstance(read, Refusal) or orjson.dumps(
            without_personal_data(read, CATALOGUE, PseudonymKeys(KEY), KNOWS_EVENT)
        )
    else:
        for report in answer:
            assert decode_report(report["report_id"].encode(), encode(report), [("version", b"1")]) == report


@fuzz
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["campaign", "country", "case", "letters", "letters[amara]", "email", "test", "lines"]),
            st.sampled_from(["w4r-2026", "FR", "amara", "5", "-1", "0", "9" * 400]) | st.text(max_size=9),
        ),
        max_size=8,
    )
)
def test_any_form_gets_an_answer(pairs: list[tuple[str, str]]) -> None:
    """Whatever stands in a form, the answer is reports that the wire takes, or a reason."""
    answer = collected(read_form(urlencode(pairs, errors="surrogatepass").encode()))
    if isinstance(answer, Refusal):
        assert answer.reason in get_args(Reason)
    else:
        for report in answer:
            assert decode_report(report["report_id"].encode(), encode(report), [("version", b"1")]) == report


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"campaign": "w4r-2026", "campaign": "w4r-2026", "country": "FR", "lines": []}', "bad_value"),
        (b'{"lines": [{"case": "amara", "letters": 1, "letters": 2}]}', "bad_value"),
        (b'{"campaign": NaN}', "unreadable"),
        (b'{"campaign": "Asunci\xf3n"}', "unreadable"),
        (b"[]", "bad_value"),
        (b"", "unreadable"),
    ],
)
def test_json_that_can_be_read_in_two_ways_is_refused(body: bytes, reason: Reason) -> None:
    """A key that stands twice, NaN, other encodings and other things than an object are not guessed at."""
    answer = read_json(body)
    assert isinstance(answer, Refusal)
    assert answer.reason == reason


def test_a_form_field_that_stands_twice_is_refused() -> None:
    """Two countries in one form are not guessed at."""
    answer = read_form(b"campaign=w4r-2026&country=FR&country=PL&letters[amara]=5")
    assert isinstance(answer, Refusal)
    assert answer.reason == "bad_value"


def test_the_content_type_says_how_to_read() -> None:
    """Parameters and capitals of the content type do not matter; another type is refused."""
    body = orjson.dumps(BODY)
    assert read_body("Application/JSON; charset=utf-8", body) == read_json(body)
    assert isinstance(read_body("text/plain", body), Refusal)


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
        ({"lines": [{"case": "amara", "letters": 10**9 + 1}]}, "count_out_of_range", "lines.0.letters"),
        (
            {"lines": [{"case": "amara", "letters": 1}, {"case": "nobody", "letters": 1}]},
            "unknown_case",
            "lines.1.case",
        ),
        ({"lines": [{"case": "amara"}]}, "missing_field", "lines.0.letters"),
        ({"lines": []}, "bad_value", "lines"),
        ({"written_at": "yesterday"}, "bad_value", "written_at"),
        ({"written_at": "2031-01-01"}, "bad_value", "written_at"),
        ({"written_at": "1926-12-10"}, "bad_value", "written_at"),
        ({"written_at": 1796860800}, "bad_value", "written_at"),
        ({"written_at": (NOW + timedelta(days=1, seconds=1)).isoformat()}, "bad_value", "written_at"),
        ({"lines": [{"case": "amara", "letters": 10**18}]}, "count_out_of_range", "lines.0.letters"),
        ({"lines": [{"case": "amara", "letters": 2.0}]}, "bad_value", "lines.0.letters"),
        ({"lines": [{"case": "amara", "letters": True}]}, "bad_value", "lines.0.letters"),
        ({"lines": [{"case": "amara", "letters": 1}] * 51}, "too_large", "lines"),
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
        b"campaign=w4r-2026&country=FR&case=amara&letters=5&case=rosa&letters=2&case=ilya&letters=&case=&letters=",
    ],
)
def test_a_form_says_what_json_says(form: bytes) -> None:
    """Both ways to encode lines in a form give the reports that JSON gives."""
    lines = [{"case": "amara", "letters": 5}, {"case": "rosa", "letters": 2}]
    assert collected(read_form(form)) == collected(read_json(orjson.dumps({**BODY, "lines": lines})))


def test_the_same_case_twice_is_two_reports() -> None:
    """Two lines on one case are two reports with ids of their own, and a line without letters is none."""
    lines = [{"case": "amara", "letters": 5}, {"case": "rosa", "letters": 0}, {"case": "amara", "letters": 5}]
    answer = collected(read_json(orjson.dumps({**BODY, "lines": lines})))
    assert not isinstance(answer, Refusal)
    assert len({report["report_id"] for report in answer}) == 2
    assert [report["letters"] for report in answer] == [5, 5]


def test_a_plain_time_is_that_of_the_campaign() -> None:
    """A moment without an offset is read in the campaign's time zone; a date is its midnight there."""
    answer = collected(read_json(orjson.dumps({**BODY, "written_at": "2026-12-09"})))
    assert not isinstance(answer, Refusal)
    assert answer[0]["written_at"] == int(datetime(2026, 12, 9, tzinfo=UTC).timestamp() * 1000)


def test_what_is_kept_of_a_refusal_names_nobody() -> None:
    """Texts that are no codes are left out of what is kept, whatever field they were typed into."""
    said = "Anna Writer <anna@example.org>"
    body = {"campaign": said, "country": said, "event": said, "email": "anna@example.org", "name": said}
    submission = read_json(orjson.dumps({**body, "lines": [{"case": said, "letters": 1}]}))
    assert not isinstance(submission, Refusal)
    kept = without_personal_data(submission, CATALOGUE, PseudonymKeys(KEY), KNOWS_EVENT)
    assert "nna" not in str(kept)
    assert kept["participant"] == pseudonym_of("anna@example.org", KEY)


@pytest.mark.parametrize(("said", "means"), [("TRUE", True), ("yes", True), ("off", False), ("perhaps", None)])
def test_a_form_says_clearly_whether_it_is_a_test(said: str, means: bool | None) -> None:  # noqa: FBT001 (drawn)
    """What switches a test on or off is taken in any case; anything else is refused, so that no test counts."""
    read = read_form(urlencode({"campaign": "w4r-2026", "country": "FR", "letters[amara]": "1", "test": said}).encode())
    assert read.field == "test" if isinstance(read, Refusal) else read.test is means


def test_letters_of_a_mistyped_field_are_not_lost() -> None:
    """A form's field that is nearly letters[CASE] is refused instead of passed over."""
    said = {"campaign": "w4r-2026", "country": "FR", "letters[amara]": "1", "Letters[rosa]": "2"}
    read = read_form(urlencode(said).encode())
    assert isinstance(read, Refusal)
    assert read.field == "letters"
