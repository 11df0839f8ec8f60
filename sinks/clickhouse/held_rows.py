"""Records of `held` -> columns of ClickHouse's tables. No network, no clock."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from schemas.held import EVERY_REVISION, HeldSubmission, Verdict, is_verdict
from schemas.partition import partitions_of
from schemas.report import LetterReport
from schemas.wire import Refusal, decode_held, encode
from sinks.clickhouse.rows import REPORT, Record, Rows, place_of, rows_of, version_of


class _Held(NamedTuple):
    submission: HeldSubmission
    number: int
    report: LetterReport


def held_rows(records: Sequence[Record], epoch: int, partitions: int) -> tuple[Rows, Rows]:
    """Return the rows of reports and those of verdicts; records that the worker rejects are left out, it names them."""
    read = [(record, decode_held(record.key, record.value, record.headers)) for record in records]
    found = [(record, said) for record, said in read if not isinstance(said, Refusal)]
    right = partitions_of([said["submission_id"].encode() for _, said in found], partitions).tolist() if found else []
    kept = [pair for pair, partition in zip(found, right, strict=True) if pair[0].partition == partition]
    reports = [
        (record, _Held(said, number, report))
        for record, said in kept
        if not is_verdict(said)
        for number, report in enumerate(said["reports"])
    ]
    verdicts = [(record, said) for record, said in kept if is_verdict(said)]
    place = {**place_of(epoch), "version": lambda record, _: version_of(0, epoch, record.offset)}
    return rows_of("held_submissions", {**_HELD, **place}, reports), rows_of(
        "held_verdicts", {**_VERDICT, **place}, verdicts
    )


def _of_report(name: str) -> Callable[[Record, _Held], Any]:
    read = REPORT[name]
    return lambda record, held: read(record, held.report)


_OF_REPORT: Final = (
    *("report_id", "revision", "withdrawn", "campaign", "case", "event", "country", "channel", "source", "kind"),
    "letters",
)
_HELD: Final[dict[str, Callable[[Record, _Held], Any]]] = {
    "submission_id": lambda _, held: held.submission["submission_id"],
    "number": lambda _, held: held.number,
    "needs": lambda _, held: held.submission["needs"],
    "held_at": lambda _, held: held.submission["held_at"],
    **{name: _of_report(name) for name in _OF_REPORT},
    "payload": lambda _, held: encode(held.report).decode(),
}
_VERDICT: Final[dict[str, Callable[[Record, Verdict], Any]]] = {
    "submission_id": lambda _, given: given["submission_id"],
    "gives": lambda _, given: given["gives"],
    "verdict": lambda _, given: given["verdict"],
    "through_revision": lambda _, v: EVERY_REVISION if v["through_revision"] is None else v["through_revision"],
    "given_at": lambda _, given: given["given_at"],
    "because": lambda _, given: given.get("because", ""),
}
