"""What a collector writes, as records: each kind has its topic and its key."""

from producers.publisher import Outgoing
from producers.sorting import Sorted
from schemas.event import RegisteredEvent, event_key
from schemas.held import HeldSubmission, Verdict
from schemas.rejection import Rejection
from schemas.report import LetterReport
from schemas.topics import EVENTS, HELD, LETTERS, REJECTED
from schemas.wire import encode


def records_of(done: Sorted) -> list[Outgoing]:
    """Return the records of a whole delivery."""
    return [
        *map(letter_record, done.letters),
        *map(held_record, done.held.values()),
        *map(held_record, done.verdicts),
        *map(rejected_record, done.rejections),
    ]


def letter_record(report: LetterReport) -> Outgoing:
    """Return the record of a report that counts."""
    return Outgoing(LETTERS.name, report["report_id"].encode(), encode(report))


def held_record(said: HeldSubmission | Verdict) -> Outgoing:
    """Return the record of what waits, or of a verdict on it."""
    return Outgoing(HELD.name, said["submission_id"].encode(), encode(said))


def rejected_record(rejection: Rejection) -> Outgoing:
    """Return the record of what was refused."""
    return Outgoing(REJECTED.name, rejection["origin"].encode(), encode(rejection))


def event_record(event: RegisteredEvent) -> Outgoing:
    """Return the record of a registered event."""
    return Outgoing(EVENTS.name, event_key(event), encode(event))
