"""One partition in one epoch: the last state that was proven, and what has come since. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from schemas.tally import SCOPES, Frame, Scope, Tally, checksum_of

Key = tuple[str, Scope, str]
"""Campaign, scope, member."""
Pair = tuple[int, int]
"""Letters and reports; negative is legal inside a partition."""

NOTHING: Final[Pair] = (0, 0)
_MODULUS: Final = 1 << 64
MOST_WAITING: Final = 200_000
"""Totals of one partition that may wait for proof: twice what a dozen campaigns with 5,000 events each have."""


class Judged(NamedTuple):
    """What became of a frame, and each total that it changed, as (before, after)."""

    result: Literal["shown", "old", "unproven"]
    changes: Mapping[Key, tuple[Pair, Pair]]
    oldest_received_at: int | None = None
    """Arrival of the earliest report that is shown first now; None where there is none, or it is not known."""


class Proof:
    """The checksum and each scope's sums over a set of totals, kept up to date at the cost of what changes."""

    def __init__(self) -> None:
        self._checksum = 0
        self._sums: dict[tuple[str, Scope], Pair] = {}
        self._touched: set[str] = set()

    def replace(self, key: Key, before: Pair, after: Pair) -> None:
        """Count `after` instead of `before`."""
        self._checksum = (self._checksum + checksum_of(*key, *after) - checksum_of(*key, *before)) % _MODULUS
        letters, reports = self._sums.get(key[:2], NOTHING)
        self._sums[key[:2]] = (letters + after[0] - before[0], reports + after[1] - before[1])
        self._touched.add(key[0])

    def holds(self, checksum: int) -> bool:
        """Return whether the checksum is this one and in each changed campaign every scope sums to the world."""
        if checksum != self._checksum:
            return False
        for campaign in self._touched:
            world = self._sums.get((campaign, "world"), NOTHING)
            if any(self._sums.get((campaign, scope), NOTHING) != world for scope in SCOPES):
                return False
        self._touched.clear()  # what was proven stays so until it is touched again
        return True


class Ledger:
    """Takes totals and frames in any order, with replays and gaps; `totals` is only ever a state that was proven.

    What waits for proof is bounded: beyond `most_waiting` totals half of it goes, and frames may stay unproven until
    a keyframe says all totals again. A state is proven by its checksum, so what was dropped can make none wrong.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self.frame: Frame | None = None
        self.totals: dict[Key, Pair] = {}
        self.dropped = 0
        self._most_waiting = most_waiting
        self._waiting_count = 0
        self._oldest_unshown: int | None = None
        # Several versions of one key may wait: two workers overlap, and the older one's frame may come first.
        self._waiting: dict[int, dict[Key, Pair]] = {}
        # Totals that a frame has covered without proving right; the highest version of each is enough.
        self._unproven: dict[Key, tuple[int, Pair]] = {}
        self._unproven_through = 0
        self._proof = Proof()

    def put_total(self, tally: Tally) -> bool:
        """Keep a total until its frame comes; return False where the proven state already holds what it says."""
        if self.frame is not None and tally["version"] <= self.frame["version"]:
            return False
        key = (tally["campaign"], tally["scope"], tally["member"])
        self._wait(tally["version"], key, (tally["letters"], tally["reports"]))
        if self.waiting > self._most_waiting:
            self._drop_half()
        return True

    @property
    def waiting(self) -> int:
        """How many totals are held that no frame has proven."""
        return self._waiting_count + len(self._unproven)

    def put_frame(self, frame: Frame) -> Judged:
        """Show the totals of a frame's version if they prove right, else stay at the last good frame."""
        version = frame["version"]
        if self.frame is not None and version <= self.frame["version"]:
            return self._see_again(self.frame, frame)
        self._oldest_unshown = _earlier(self._oldest_unshown, frame.get("oldest_received_at"))
        if version >= self._unproven_through:
            self._take(version)
            if self._proof.holds(frame["checksum"]):
                return self._show(frame, {key: pair for key, (_, pair) in self._unproven.items()})
        if frame["is_keyframe"]:
            return self._start_from(frame)
        return Judged("unproven", {})

    def _see_again(self, shown: Frame, frame: Frame) -> Judged:
        if frame["version"] < shown["version"]:
            return Judged("old", {})
        if frame["checksum"] != shown["checksum"]:
            return Judged("unproven", {})
        if frame["as_of"] < shown["as_of"]:
            return Judged("old", {})
        self.frame = frame  # nothing has come since, and that is news: the numbers are true as of later
        return Judged("shown", {})

    def _take(self, version: int) -> None:
        for covered in sorted(waiting for waiting in self._waiting if waiting <= version):
            taken = self._waiting.pop(covered)
            self._waiting_count -= len(taken)
            for key, pair in taken.items():
                known_version, known = self._unproven.get(key, (0, self.totals.get(key, NOTHING)))
                if known_version <= covered:
                    self._proof.replace(key, known, pair)
                    self._unproven[key] = (covered, pair)
        self._unproven_through = version

    def _show(self, frame: Frame, totals: Mapping[Key, Pair]) -> Judged:
        changes = self._differences(totals, totals)
        self.totals.update(totals)
        self._unproven.clear()
        return self._judge_shown(frame, changes)

    def _start_from(self, frame: Frame) -> Judged:
        """Forget what contradicts a keyframe: its own totals are all there is at its version."""
        version = frame["version"]
        whole = {key: pair for key, (known, pair) in self._unproven.items() if known == version}
        whole |= self._waiting.get(version, {})
        proof = Proof()
        for key, pair in whole.items():
            proof.replace(key, NOTHING, pair)
        if not proof.holds(frame["checksum"]):
            return Judged("unproven", {})
        changes = self._differences(whole, self.totals.keys() | whole.keys())
        for key, (known, pair) in self._unproven.items():
            if known > version:
                self._wait(known, key, self._waiting.get(known, {}).get(key, pair))
        self._waiting = {known: totals for known, totals in self._waiting.items() if known > version}
        self._waiting_count = sum(map(len, self._waiting.values()))
        self._unproven, self._unproven_through = {}, version
        self.totals, self._proof = whole, proof
        return self._judge_shown(frame, changes)

    def _judge_shown(self, frame: Frame, changes: Mapping[Key, tuple[Pair, Pair]]) -> Judged:
        self.frame = frame
        oldest, self._oldest_unshown = self._oldest_unshown, None
        return Judged("shown", changes, oldest)

    def _wait(self, version: int, key: Key, pair: Pair) -> None:
        totals = self._waiting.setdefault(version, {})
        self._waiting_count += key not in totals
        totals[key] = pair

    def _drop_half(self) -> None:
        """Drop what frames covered without proving it, then what is farthest ahead: no frame of ours comes to that.

        Dropped by age instead, totals that never get a frame would push out those whose frame is next.
        """
        before = self.waiting
        if self._unproven:
            for key, (_, pair) in self._unproven.items():
                self._proof.replace(key, pair, self.totals.get(key, NOTHING))
            self._unproven.clear()
        for version in sorted(self._waiting, reverse=True):
            if self.waiting <= self._most_waiting // 2:
                break
            self._waiting_count -= len(self._waiting.pop(version))
        self.dropped += before - self.waiting

    def _differences(self, after: Mapping[Key, Pair], keys: Iterable[Key]) -> dict[Key, tuple[Pair, Pair]]:
        pairs = {key: (self.totals.get(key, NOTHING), after.get(key, NOTHING)) for key in keys}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
