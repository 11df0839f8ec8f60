"""Bytes on Kafka <-> the words of this package: JSON, with the version in a record header."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.complaints import complaint_of
from schemas.held import HeldSubmission, Verdict, is_verdict, revision_of
from schemas.rejection import Reason, Rejection
from schemas.report import LetterReport
from schemas.tally import Frame, MinuteTally, Tally

Headers = Sequence[tuple[str, bytes]]
HEADERS: Final[list[tuple[str, bytes]]] = [("version", b"1")]
_VERSION: Final = ("version", b"1")

_report: Final = TypeAdapter(LetterReport).validator
_submission: Final = TypeAdapter(HeldSubmission).validator
_verdict: Final = TypeAdapter(Verdict).validator
_read_tally: Final = TypeAdapter(Tally).validator.validate_json
_read_frame: Final = TypeAdapter(Frame).validator.validate_json
_read_minute: Final = TypeAdapter(MinuteTally).validator.validate_json
_read_rejection: Final = TypeAdapter(Rejection).validator.validate_json


class Refusal(NamedTuple):
    """Why bytes are no report: a reason of the closed list, the field concerned and what was expected."""

    reason: Reason
    field: str | None
    detail: str


_UNKNOWN_VERSION: Final = Refusal("unknown_schema", "version", "expected one header: version = 1")
_EMPTY: Final = Refusal("unreadable", None, "expected a JSON object, found an empty record")
_NO_JSON: Final = Refusal("unreadable", None, "expected a JSON object in UTF-8")


def encode(value: Any) -> bytes:  # noqa: ANN401 (any TypedDict of this package)
    """Return the JSON bytes of a report, submission, verdict, tally, frame, minute or rejection."""
    return orjson.dumps(value)


def decode_report(key: bytes | None, value: bytes | None, headers: Headers) -> LetterReport | Refusal:
    """Return the report in one record of `letters`, or why there is none; never raises."""
    if len(headers) != 1 or headers[0] != _VERSION:
        return _UNKNOWN_VERSION
    if value is None:
        return _EMPTY
    try:
        report: LetterReport = _report.validate_json(value)
    except ValidationError as error:
        return refusal_of(error)
    if report["report_id"].encode() != key:
        return Refusal("bad_value", "report_id", "expected the record's key to be the report_id")
    return report


def decode_held(key: bytes | None, value: bytes | None, headers: Headers) -> HeldSubmission | Verdict | Refusal:
    """Return the submission or verdict in one record of `held`, or why there is none; never raises."""
    said = _held_in(value, headers)
    if isinstance(said, Refusal):
        return said
    if said["submission_id"].encode() != key:
        return Refusal("bad_value", "submission_id", "expected the record's key to be the submission_id")
    if not is_verdict(said) and any(report["revision"] != revision_of(said) for report in said["reports"]):
        return Refusal("bad_value", "reports", "expected all reports of a submission to have one revision")
    return said


def _held_in(value: bytes | None, headers: Headers) -> HeldSubmission | Verdict | Refusal:
    if len(headers) != 1 or headers[0] != _VERSION:
        return _UNKNOWN_VERSION
    if value is None:
        return _EMPTY
    try:
        read = orjson.loads(value)
        is_of_verdict = isinstance(read, dict) and "verdict" in read
        said: HeldSubmission | Verdict = (_verdict if is_of_verdict else _submission).validate_python(read)
    except orjson.JSONDecodeError:
        return _NO_JSON
    except ValidationError as error:
        return refusal_of(error)
    return said


def refusal_of(error: ValidationError) -> Refusal:
    """Return the first complaint of a validation in the project's own words, without the offending input."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    if first["type"] == "json_invalid":
        return _NO_JSON
    if first["type"] == "missing":
        return Refusal("missing_field", field, "this field is needed")
    return Refusal("bad_value", field, complaint_of(first))


def tally_key(tally: Tally) -> bytes:
    """Return the key under which a newer total replaces this one."""
    return f"{tally['campaign']}/{tally['scope']}/{tally['member']}/{tally['partition']}".encode()


def minute_key(tally: MinuteTally) -> bytes:
    """Return the key of a minute's total."""
    return f"{tally['campaign']}/{tally['scope']}/{tally['member']}/{tally['minute']}/{tally['partition']}".encode()


def frame_key(partition: int) -> bytes:
    """Return the key of a partition's frames; it has one slash, a total's key has three."""
    return b"frame/%d" % partition


def decode_tally(key: bytes, value: bytes) -> Tally | Frame:
    """Return what a record of `tallies` carries; raises ValidationError on anything else."""
    read = _read_frame if key.startswith(b"frame/") and key.count(b"/") == 1 else _read_tally
    decoded: Tally | Frame = read(value)
    return decoded


def decode_minute(value: bytes) -> MinuteTally:
    """Return what a record of `minutes` carries; raises ValidationError on anything else."""
    minute: MinuteTally = _read_minute(value)
    return minute


def decode_rejection(value: bytes) -> Rejection:
    """Return what a record of `rejected` carries; raises ValidationError on anything else."""
    rejection: Rejection = _read_rejection(value)
    return rejection
