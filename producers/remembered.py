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
    """The most that was said under this key, corrections included."""


class Remembered:
    """The first submission of each key, as a digest; a restarted or another collector knows nothing of it."""

    def __init__(self) -> None:
        self._first: OrderedDict[bytes, _First] = OrderedDict()

    def refuse(self, submission_id: str, submission: Submission, *, is_correction: bool) -> Refusal | None:
        """Return why this key can't be used so, as far as is remembered; a first report is remembered from here on."""
        key = blake2b(submission_id.encode(), digest_size=16).digest()
        if is_correction:
            return self._refused_as_short(key, len(submission.lines))
        digest = _digest(submission)
        known = self._first.setdefault(key, _First(digest, len(submission.lines)))
        if len(self._first) > _REMEMBERED_KEYS:
            self._first.popitem(last=False)
        if known.digest != digest:  # it would not be counted
            return Refusal("bad_value", "Idempotency-Key", "expected what was reported with this key, or a new key")
        return None

    def _refused_as_short(self, key: bytes, lines: int) -> Refusal | None:
        known = self._first.get(key)
        if known is None:
            return None
        if lines < known.lines:  # those that it leaves out would go on counting
            said = f"expected all {known.lines} lines, with 0 letters where one is taken back"
            return Refusal("bad_value", "lines", said)
        self._first[key] = known._replace(lines=lines)
        return None


def _digest(submission: Submission) -> bytes:
    return blake2b(submission.model_dump_json().encode(), digest_size=16).digest()
