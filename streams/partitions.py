"""The partitions that this worker counts at the moment, each with its state."""

import shutil
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from schemas import metrics
from schemas.lag import Lag
from schemas.operations import log_of
from schemas.topics import LETTERS
from streams.state import PartitionState
from streams.store import RocksStore

_log = log_of("streams")


class Gap(NamedTuple):
    """What came where the state's next offset was expected, and how often the log was read again for it."""

    first: int
    tries: int


class Counted:
    """One partition in this worker's care, and when it last moved or spoke (monotonic seconds)."""

    def __init__(self, number: int, state: PartitionState) -> None:
        self.number = number
        self.state = state
        self.highwater: int | None = None
        """The end of the log; not known before the first fetch."""
        self.opened_at = self.moved_at = self.reseeked_at = time.monotonic()
        self.gap: Gap | None = None
        self.framed_at = float("-inf")
        self.keyframed_at = float("-inf")
        """Never: whoever takes a partition over begins with a keyframe."""
        self._delivered: deque[tuple[int, int]] = deque()
        self._told_campaigns: set[str] = set()

    @property
    def behind(self) -> int:
        """How many records of the log are not counted yet, as far as is known."""
        return max(0, (self.highwater or 0) - self.state.next_offset)

    @property
    def is_up_to_date(self) -> bool:
        """Whether every record that the log is known to have is counted."""
        return self.highwater is not None and not self.behind

    def deliver(self, last_offset: int, first_timestamp_ms: int) -> None:
        """Remember a batch that was fetched and waits to be counted."""
        self._delivered.append((last_offset, first_timestamp_ms))

    @property
    def oldest_ms(self) -> int | None:
        """The timestamp of the oldest record that was fetched and is not counted yet."""
        while self._delivered and self._delivered[0][0] < self.state.next_offset:
            self._delivered.popleft()
        return self._delivered[0][1] if self._delivered else None

    def tell_letters(self, letters: dict[str, int]) -> None:
        """Tell the metric of letters counted, by campaign."""
        for campaign, count in letters.items():
            metrics.LETTERS.labels(campaign, str(self.number)).set(count)
        self._told_campaigns |= letters.keys()

    def take_back(self) -> None:
        """Take back what was told of letters: whoever counts the partition now tells it."""
        for campaign in self._told_campaigns:
            metrics.LETTERS.remove(campaign, str(self.number))


class Partitions:
    """Opens and closes states as partitions come and go; a state belongs to one log and is never used for another."""

    def __init__(self, folder: Path, log_id: str) -> None:
        self._folder = folder / log_id
        self._counted: dict[int, Counted] = {}
        self._lag = Lag()
        if folder.is_dir():
            for other in folder.iterdir():
                if other.is_dir() and other != self._folder:
                    shutil.rmtree(other)  # a log that is gone: its state can serve no one

    def open(self, numbers: Iterable[int]) -> None:
        """Open the states of these partitions; one that is open already stays as it is, but begins a keyframe."""
        for number in numbers:
            if known := self._counted.get(number):
                known.keyframed_at = float("-inf")
                continue
            state = PartitionState(RocksStore(self._folder / f"letters-{number}"))
            self._counted[number] = Counted(number, state)
            _log.info("partition opened", partition=number, next_offset=state.next_offset)
        metrics.ASSIGNED.set(len(self._counted))

    def close(self, numbers: Iterable[int]) -> None:
        """Close the states of these partitions; their folders are free for the next owner afterwards."""
        for number in numbers:
            if gone := self._counted.pop(number, None):
                gone.state.close()
                gone.take_back()
                self._lag.forget(_name_of(number))
                _log.info("partition closed", partition=number, next_offset=gone.state.next_offset)
        metrics.ASSIGNED.set(len(self._counted))

    def tell_lag(self, counted: Counted) -> None:
        """Tell how much of a partition waits to be counted, and for how long."""
        position, end = counted.state.next_offset, counted.highwater or 0
        now, oldest_ms = time.time(), counted.oldest_ms
        self._lag.tell(_name_of(counted.number), position=position, end=end, oldest_ms=oldest_ms, now=now)

    def close_all(self) -> None:
        """Close every state."""
        self.close(list(self._counted))

    def get(self, number: int) -> Counted | None:
        """Return the partition, or None where another worker has it now."""
        return self._counted.get(number)

    def __iter__(self) -> Iterator[Counted]:
        return iter(list(self._counted.values()))

    def __len__(self) -> int:
        return len(self._counted)


def _name_of(number: int) -> str:
    return f"{LETTERS.name}/{number}"
