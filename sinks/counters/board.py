"""The board: the newest proven totals of every partition, and which epoch's are shown. Pure; time is a parameter."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, cast

from schemas.epoch import Epoch
from schemas.tally import Frame, Place, Tally
from sinks.counters.ledger import MOST_WAITING, NOTHING, Key, Ledger, Pair

Result = Literal["kept", "shown", "old", "unproven", "misfit"]
_NO_TOTALS: Final[dict[Place, Pair]] = {}


class Outcome(NamedTuple):
    """What a record did; `changed` are the totals that read differently now, `is_new_epoch` means: perhaps all.

    `oldest_received_at` is the arrival of the earliest report that is shown first now; `dropped` is how many totals
    were forgotten because no frame covered them.
    """

    result: Result
    changed: frozenset[Key] = frozenset()
    is_new_epoch: bool = False
    oldest_received_at: int | None = None
    dropped: int = 0


class _Life:
    """One epoch's ledgers, and the offsets from which on it holds all that the epoch before had."""

    def __init__(self, partitions: int, most_waiting: int) -> None:
        self.ledgers = [Ledger(most_waiting) for _ in range(partitions)]
        self.complete_at: list[int] | None = None

    @property
    def is_complete(self) -> bool:
        return self.complete_at is not None and all(
            ledger.frame is not None and ledger.frame["version"] >= offset
            for ledger, offset in zip(self.ledgers, self.complete_at, strict=True)
        )


class Board:
    """Shows only what was proven: sums that agree, of one epoch, of every partition; before that, nothing."""

    def __init__(self, partitions: int, most_waiting: int = MOST_WAITING) -> None:
        self._partitions = partitions
        self._most_waiting = most_waiting
        self._lives: dict[int, _Life] = {}
        self._epoch: int | None = None
        self._totals: dict[str, dict[Place, Pair]] = {}
        self.revision = 0
        """Rises whenever something shown has changed, if only its as-of."""

    def put(self, record: Tally | Frame | Epoch) -> Outcome:
        """Take one record of `tallies` or `epochs`, in whatever order they come, and return what it did."""
        if self._epoch is not None and record["epoch"] < self._epoch:
            return Outcome("old")
        if "log_id" in record:
            return self._put_epoch(cast("Epoch", record))
        if record["partition"] >= self._partitions:
            return Outcome("misfit")
        if "checksum" in record:
            return self._put_frame(cast("Frame", record))
        ledger = self._life(record["epoch"]).ledgers[record["partition"]]
        dropped_before = ledger.dropped
        is_kept = ledger.put_total(record)
        return Outcome("kept" if is_kept else "old", dropped=ledger.dropped - dropped_before)

    @property
    def epoch(self) -> int | None:
        """The epoch shown; None while catching up."""
        return self._epoch

    @property
    def waiting(self) -> int:
        """How many totals are held without a frame that proves them."""
        return sum(ledger.waiting for life in self._lives.values() for ledger in life.ledgers)

    @property
    def is_catching_up(self) -> bool:
        """Whether nothing can be shown yet, because no epoch is proven complete in every partition."""
        return self._epoch is None

    @property
    def campaigns(self) -> list[str]:
        """The campaigns that have totals."""
        return sorted(self._totals)

    def totals(self, campaign: str) -> Mapping[Place, Pair]:
        """Return (letters, reports) by (scope, member), summed over partitions; empty for an unknown campaign."""
        return self._totals.get(campaign, _NO_TOTALS)

    @property
    def versions(self) -> dict[int, int]:
        """How many records of `letters` are counted, by partition; empty while catching up."""
        return {frame["partition"]: frame["version"] for frame in self._frames()}

    @property
    def as_of(self) -> int | None:
        """When the oldest partition's totals were complete (epoch milliseconds); None while catching up."""
        return min((frame["as_of"] for frame in self._frames()), default=None)

    @property
    def behind(self) -> int:
        """How many records the workers said they had still to count."""
        return sum(frame["behind"] for frame in self._frames())

    def is_stale(self, now_ms: int, limit_ms: int) -> bool:
        """Return whether what is shown is older than the limit, or nothing is shown."""
        as_of = self.as_of
        return as_of is None or now_ms - as_of > limit_ms

    def _frames(self) -> list[Frame]:
        ledgers = self._lives[self._epoch].ledgers if self._epoch is not None else []
        return [ledger.frame for ledger in ledgers if ledger.frame is not None]

    def _life(self, epoch: int) -> _Life:
        if epoch not in self._lives:
            self._lives[epoch] = _Life(self._partitions, self._most_waiting)
        return self._lives[epoch]

    def _put_epoch(self, record: Epoch) -> Outcome:
        complete_at = record["complete_at"]
        if complete_at is not None and len(complete_at) != self._partitions:
            return Outcome("misfit")  # an epoch of other partition counts: not one that this process can show
        life = self._life(record["epoch"])
        life.complete_at = complete_at if complete_at is not None else life.complete_at
        return self._turn(record["epoch"]) or Outcome("kept")

    def _put_frame(self, frame: Frame) -> Outcome:
        judged = self._life(frame["epoch"]).ledgers[frame["partition"]].put_frame(frame)
        if judged.result != "shown":
            return Outcome(judged.result)
        if frame["epoch"] != self._epoch:
            return self._turn(frame["epoch"]) or Outcome("kept")
        for key, (before, after) in judged.changes.items():
            self._move(key, before, after)
        self.revision += 1
        return Outcome("shown", frozenset(judged.changes), oldest_received_at=judged.oldest_received_at)

    def _turn(self, epoch: int) -> Outcome | None:
        """Show a newer epoch once it is complete; what the older ones held is superseded."""
        if epoch == self._epoch or not self._lives[epoch].is_complete:
            return None
        self._epoch = epoch
        self._lives = {number: life for number, life in self._lives.items() if number >= epoch}
        self._totals = {}
        for ledger in self._lives[epoch].ledgers:
            for key, pair in ledger.totals.items():
                self._move(key, NOTHING, pair)
        self.revision += 1
        return Outcome("shown", is_new_epoch=True)

    def _move(self, key: Key, before: Pair, after: Pair) -> None:
        campaign, scope, member = key
        totals = self._totals.setdefault(campaign, {})
        letters, reports = totals.get((scope, member), NOTHING)
        totals[scope, member] = (letters + after[0] - before[0], reports + after[1] - before[1])
