"""Records of `letters` and `held` -> what they say, and the records to reject."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from schemas.held import HeldSubmission, Verdict
from schemas.partition import KEY_BYTES, partitions_of
from schemas.rejection import Rejection, text_of
from schemas.report import LetterReport
from schemas.wire import Headers, Refusal, decode_held, decode_report


class Record(Protocol):
    """One record as the Kafka client gives it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Batch(NamedTuple):
    """What a batch of records holds: reports with their 16-byte ids, and what can't be counted."""

    reports: list[tuple[bytes, LetterReport]]
    refused: list[tuple[Record, Refusal]]


def read(records: Sequence[Record], partition: int, partitions: int) -> Batch:
    """Return the reports of these records in log order; a record that is no report, or lies wrong, is refused."""
    homes = _homes(records, partitions)
    reports: list[tuple[bytes, LetterReport]] = []
    refused: list[tuple[Record, Refusal]] = []
    for record, home in zip(records, homes, strict=True):
        key = record.key
        report = decode_report(key, record.value, record.headers)
        if key is None or isinstance(report, Refusal):
            refused.append(
                (record, report if isinstance(report, Refusal) else Refusal("missing_field", "key", "needed"))
            )
        elif home != partition:
            refused.append((record, Refusal("wrong_partition", "key", f"expected partition {home} of {partitions}")))
        else:
            reports.append((bytes.fromhex(report["report_id"].replace("-", "")), report))
    return Batch(reports, refused)


def read_held(
    records: Sequence[Record], partition: int, partitions: int
) -> tuple[list[tuple[int, HeldSubmission | Verdict]], list[tuple[Record, Refusal]]]:
    """Return the submissions and verdicts (offset, record) in log order, and the records that are neither."""
    said: list[tuple[int, HeldSubmission | Verdict]] = []
    refused: list[tuple[Record, Refusal]] = []
    for record, home in zip(records, _homes(records, partitions), strict=True):
        one = decode_held(record.key, record.value, record.headers)
        if not isinstance(one, Refusal) and home != partition:
            one = Refusal("wrong_partition", "key", f"expected partition {home} of {partitions}")
        if isinstance(one, Refusal):
            refused.append((record, one))
        else:
            said.append((record.offset, one))
    return said, refused


def _homes(records: Sequence[Record], partitions: int) -> list[int]:
    # A key of another length belongs to no report; the decoder refuses it, so any answer will do here.
    blank = b" " * KEY_BYTES
    keys = [r.key if r.key is not None and len(r.key) == KEY_BYTES else blank for r in records]
    homes: list[int] = partitions_of(keys, partitions).tolist()
    return homes


def rejection_of(topic: str, partition: int, record: Record, refusal: Refusal, now_ms: int) -> Rejection:
    """Return what goes to `rejected`: the reason, where the record lies, and its text as far as it fits.

    Its date is the record's own, so that a log which is read again does not date its refusals anew.
    """
    return {
        "origin": f"{topic}/{partition}/{record.offset}",
        "reason": refusal.reason,
        "field": refusal.field,
        "detail": refusal.detail,
        "value": text_of(record.value),
        "rejected_at": min(record.timestamp, now_ms) if record.timestamp > 0 else now_ms,
    }
