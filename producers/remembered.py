"""What this process remembers of the keys it took, so that mistakes can be named that would change numbers unseen."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Final, NamedTuple

from producers.channels.reports.read import Submission
from schemas.wire import Refusal

_REMEMBERED_KEYS: Final = 100_000


class _First(NamedTuple):
    digest: bytes
    lines: int


class Remembered:
    """The first submission of each key, as a digest; a restarted or another collector knows nothing of it."""

    def __init__(self) -> None:
        self._first: OrderedDict[bytes, _First] = OrderedDict()

    def refuse(self, submission_id: str, submission: Submission, *, is_correction: bool) -> Refusal | None:
        """Return why this key can't be used so, as far as is remembered; a first report is remembered from here on."""
        key = blake2b(submission_id.encode(), digest_size=16).digest()
        if is_correction:
            return _refused_as_short(self._first.get(key), submission)
        said = _First(_digest(submission), len(submission.lines))
        known = self._first.setdefault(key, said)
        if len(self._first) > _REMEMBERED_KEYS:
            self._first.popitem(last=False)
        if known != said:  # it would not be counted
            return Refusal("bad_value", "Idempotency-Key", "expected what was reported with this key, or a new key")
        return None


def _refused_as_short(first: _First | None, submission: Submission) -> Refusal | None:
    if first is None or len(submission.lines) >= first.lines:
        return None  # lines that a correction leaves out would go on counting
    return Refusal("bad_value", "lines", f"expected all {first.lines} lines, with 0 letters where one is taken back")


def _digest(submission: Submission) -> bytes:
    return blake2b(submission.model_dump_json().encode(), digest_size=16).digest()
