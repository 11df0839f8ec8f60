from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rejection import REMEDIES, Reason
from schemas.report import LetterReport
from schemas.wire import HEADERS, Refusal, decode_report, encode

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
