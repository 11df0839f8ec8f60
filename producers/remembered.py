"""What this process remembers of the keys it took, so that mistakes can be named that would change numbers unseen."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from producers.channels.reports.read import Line, Submission
from producers.receipts import moment_after
from schemas.wire import Refusal

_REMEMBERED_KEYS: Final = 100_000


@dataclass
class _Said:
    """What was said last under a key, other than by a correction that said to be one."""

    digest: bytes
    modified_at: datetime | None
    """None for what was said first."""
    lines: int
    """The most that was said under this key, corrections included."""
    taken: int = 0
    """How often that was accepted, or is about to be."""


class Remembered:
    """What each key was used for, as a digest; a restarted or another collector knows nothing of it."""

    def __init__(self) -> None:
        self._said: OrderedDict[bytes, _Said] = OrderedDict()

    def meant(self, submission_id: str, submission: Submission, now: datetime) -> Submission | Refusal:
        """Return the submission as it is to be counted, or why its key can't be used so; call `failed` where it fails.

        Where all that was sent before failed, nobody can tell whether it has arrived all the same: what differs from
        it is a correction, which stands whichever it is.
        """
        said = self._said.get(_key(submission_id))
        if said is not None and said.taken and said.digest != _digest(submission):  # it would not be counted
            return Refusal("bad_value", "Idempotency-Key", "expected what was reported with this key, or a new key")
        return self.changed(submission_id, submission, now)

    def changed(self, submission_id: str, submission: Submission, now: datetime) -> Submission:
        """Return the submission as it is to be counted: as a correction where it differs from what was sent before."""
        key, digest = _key(submission_id), _digest(submission)
        said = self._said.setdefault(key, _Said(digest, None, len(submission.lines)))
        if len(self._said) > _REMEMBERED_KEYS:
            self._said.popitem(last=False)
        if said.digest != digest:
            said.digest, said.modified_at = digest, moment_after(said.modified_at, now)
            said.lines = max(said.lines, len(submission.lines))
        said.taken += 1
        return submission if said.modified_at is None else _correction(submission, said)

    def failed(self, submission_id: str) -> None:
        """Take note that what was meant was not accepted for sure."""
        said = self._said.get(_key(submission_id))
        if said is not None and said.taken:
            said.taken -= 1

    def refused_as_short(self, submission_id: str, submission: Submission) -> Refusal | None:
        """Return why a correction can't be counted, as far as is remembered."""
        said, lines = self._said.get(_key(submission_id)), len(submission.lines)
        if said is None:
            return None
        if lines < said.lines:  # those that it leaves out would go on counting
            told = f"expected all {said.lines} lines, with 0 letters where one is taken back"
            return Refusal("bad_value", "lines", told)
        said.lines = lines
        return None


def _correction(submission: Submission, said: _Said) -> Submission:
    """Return the submission with its moment, and with lines that take back what it does not say any more."""
    missing = said.lines - len(submission.lines)
    lines = [*submission.lines, *(Line(case=submission.lines[0].case, letters=0) for _ in range(missing))]
    return submission.model_copy(update={"modified_at": said.modified_at, "lines": lines})


def _key(submission_id: str) -> bytes:
    return blake2b(submission_id.encode(), digest_size=16).digest()


def _digest(submission: Submission) -> bytes:
    return blake2b(submission.model_dump_json().encode(), digest_size=16).digest()
