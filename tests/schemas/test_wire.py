from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.held import HeldSubmission, Verdict
from schemas.rejection import REMEDIES, Reason
from schemas.report import LetterReport
from schemas.wire import HEADERS, Refusal, decode_held, decode_report, encode

REPORT: LetterReport = {
    "report_id": "6c1f6f0e-5d1a-5b8e-9d0a-0e4f6d3c2b1a",
    "revision": 0,
    "withdrawn": False,
    "participant": None,
    "campaign": "w4r-2026",
    "case": "ana",
    "event": None,
    "country": "FR",
    "channel": "reports",
    "source": "reports",
    "kind": "letter",
    "letters": 5,
    "written_at": None,
    "received_at": 1_796_860_800_000,
}
KEY = REPORT["report_id"].encode()


@given(st.integers(0, 1_000_000_000), st.integers(0, 2**63 - 1), st.booleans())
def test_what_is_encoded_is_decoded(letters: int, revision: int, withdrawn: bool) -> None:  # noqa: FBT001 (drawn)
    """A report comes back from the wire as it went."""
    report: LetterReport = {**REPORT, "letters": letters, "revision": revision, "withdrawn": withdrawn}
    assert decode_report(KEY, encode(report), HEADERS) == report


@given(st.binary())
def test_any_bytes_get_an_answer(value: bytes) -> None:
    """Bytes that are no report are refused with a reason, and nothing is raised."""
    answer = decode_report(KEY, value, HEADERS)
    assert isinstance(answer, Refusal)
    assert answer.reason in get_args(Reason)


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"letters": -1}, "bad_value", "letters"),
        ({"letters": "5"}, "bad_value", "letters"),
        ({"country": "fr"}, "bad_value", "country"),
        ({"case": "a/b"}, "bad_value", "case"),
        ({"case": "ana\n"}, "bad_value", "case"),
        ({"report_id": "6C1F6F0E-5D1A-5B8E-9D0A-0E4F6D3C2B1A"}, "bad_value", "report_id"),
        ({"report_id": "00000000-0000-0000-0000-000000000000"}, "bad_value", "report_id"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], reason: Reason, field: str) -> None:
    """A refusal names the field that is wrong."""
    answer = decode_report(KEY, encode({**REPORT, **change}), HEADERS)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.field) == (reason, field)


def test_a_missing_field_is_named() -> None:
    """A report that lacks a field is refused by that field's name."""
    answer = decode_report(KEY, encode({k: v for k, v in REPORT.items() if k != "country"}), HEADERS)
    assert answer == Refusal("missing_field", "country", "this field is needed")


@pytest.mark.parametrize("headers", [[], [("version", b"2")], [*HEADERS, ("x", b"")]])
def test_another_version_is_refused(headers: list[tuple[str, bytes]]) -> None:
    """A record without this version's header is refused instead of guessed at."""
    answer = decode_report(KEY, encode(REPORT), headers)
    assert isinstance(answer, Refusal)
    assert answer.reason == "unknown_schema"


def test_every_reason_has_a_remedy() -> None:
    """Whoever is refused is told what to do."""
    assert set(REMEDIES) == set(get_args(Reason))


SUBMISSION: HeldSubmission = {
    "submission_id": "0d4c9f5e-8c1b-5b52-8d5a-3f1f0a3c7b11",
    "needs": ["confirmation", "review"],
    "reports": [REPORT, {**REPORT, "case": "ben"}],
    "held_at": 1_796_860_800_000,
}
VERDICT: Verdict = {
    "submission_id": SUBMISSION["submission_id"],
    "gives": "review",
    "verdict": "release",
    "through_revision": 3,
    "given_at": 1_796_860_800_000,
}
HELD_KEY = SUBMISSION["submission_id"].encode()


@pytest.mark.parametrize("said", [SUBMISSION, VERDICT, {**VERDICT, "through_revision": None}])
def test_what_is_held_comes_back_as_it_went(said: HeldSubmission | Verdict) -> None:
    """A submission with its reports and a verdict are told apart and unchanged."""
    assert decode_held(HELD_KEY, encode(said), HEADERS) == said


@given(st.binary() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(encode))
def test_any_bytes_on_held_get_an_answer(value: bytes) -> None:
    """Bytes that are neither submission nor verdict are refused with a reason, and nothing is raised."""
    answer = decode_held(HELD_KEY, value, HEADERS)
    assert isinstance(answer, Refusal)
    assert answer.reason in get_args(Reason)


@pytest.mark.parametrize(
    ("said", "reason", "field"),
    [
        ({**SUBMISSION, "needs": []}, "bad_value", "needs"),
        ({**SUBMISSION, "needs": ["love"]}, "bad_value", "needs.0"),
        ({**SUBMISSION, "reports": []}, "bad_value", "reports"),
        ({**SUBMISSION, "reports": [{**REPORT, "letters": "5"}]}, "bad_value", "reports.0.letters"),
        ({**SUBMISSION, "reports": [REPORT, {**REPORT, "revision": 1}]}, "bad_value", "reports"),
        ({**SUBMISSION, "submission_id": REPORT["report_id"]}, "bad_value", "submission_id"),
        ({k: v for k, v in SUBMISSION.items() if k != "held_at"}, "missing_field", "held_at"),
        ({**VERDICT, "verdict": "perhaps"}, "bad_value", "verdict"),
        ({**VERDICT, "through_revision": -1}, "bad_value", "through_revision"),
        ({k: v for k, v in VERDICT.items() if k != "gives"}, "missing_field", "gives"),
    ],
)
def test_what_is_wrong_with_a_held_record_is_named(said: dict[str, object], reason: Reason, field: str) -> None:
    """A refusal names the field of the submission or verdict that is wrong."""
    answer = decode_held(HELD_KEY, encode(said), HEADERS)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.field) == (reason, field)


def test_held_records_of_another_version_or_without_value_are_refused() -> None:
    """Header and value are asked of a held record as of a report."""
    for value, headers, reason in ((encode(VERDICT), [], "unknown_schema"), (None, HEADERS, "unreadable")):
        answer = decode_held(HELD_KEY, value, headers)
        assert isinstance(answer, Refusal)
        assert answer.reason == reason
