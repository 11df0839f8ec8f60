"""The state of one partition of `held`: how far it was read, what waits, and which verdicts hold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from schemas.held import HeldSubmission, Need, Verdict
from streams.holding import Change, Standing, fold, missing
from streams.store import Store

_POSITION: Final = b"p"
_STANDING: Final = b"s"
_WAITING: Final = b"w"


class Waiting(NamedTuple):
    """What a submission that waits still needs, and since when it waits (epoch milliseconds)."""

    needs: tuple[Need, ...]
    held_at: int


class HeldState:
    """What is known of one partition; state and position move together in one write of the store.

    Reports are kept for as long as they wait: of what is decided only the revision and the verdicts stay.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        stored = store.read([_POSITION])[0]
        self.next_offset = int(stored) if stored else 0
        waiting = {key[1:]: value for key, value in store.scan(_WAITING)}
        standings = store.read([_STANDING + key for key in waiting])
        self.waiting: dict[str, Waiting] = {}
        """By submission; small, so that it can be told each second without a look into the store."""
        for key, value, standing in zip(waiting, waiting.values(), standings, strict=True):
            self._remember(str(UUID(bytes=key)), _read(standing, value))

    def prepare(self, said: Sequence[tuple[int, HeldSubmission | Verdict]]) -> Change:
        """Return what these submissions and verdicts (offset, record) change; nothing is changed before `move`."""
        ids = {one["submission_id"] for _, one in said}
        return fold(said, {submission_id: self._standing_of(submission_id) for submission_id in ids})

    def move(self, change: Change, next_offset: int) -> None:
        """Keep what `prepare` returned, once all that was decided is safe elsewhere, and move to next_offset."""
        writes: dict[bytes, bytes | None] = {_POSITION: str(next_offset).encode()}
        for submission_id, standing in change.standings.items():
            key = UUID(submission_id).bytes
            kept = {"decided": standing.decided, "verdicts": list(standing.verdicts.values())}
            writes[_STANDING + key] = orjson.dumps(kept)
            writes[_WAITING + key] = None if standing.waiting is None else orjson.dumps(standing.waiting)
        self._store.write(writes)
        self.next_offset = next_offset
        for submission_id, standing in change.standings.items():
            self._remember(submission_id, standing)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _standing_of(self, submission_id: str) -> Standing:
        key = UUID(submission_id).bytes
        return _read(*self._store.read([_STANDING + key, _WAITING + key]))

    def _remember(self, submission_id: str, standing: Standing) -> None:
        if standing.waiting is None:
            self.waiting.pop(submission_id, None)
        else:
            self.waiting[submission_id] = Waiting(tuple(missing(standing)), standing.waiting["held_at"])


def needs_of(waiting: Iterable[Waiting]) -> Counter[Need]:
    """Return how many submissions wait for each need; one that waits for two is in both."""
    return Counter(need for one in waiting for need in one.needs)


def _read(kept: bytes | None, waiting: bytes | None) -> Standing:
    if kept is None:
        return Standing()
    read = orjson.loads(kept)
    verdicts = {verdict["gives"]: verdict for verdict in read["verdicts"]}
    return Standing(read["decided"], None if waiting is None else orjson.loads(waiting), verdicts)
