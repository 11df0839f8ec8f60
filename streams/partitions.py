"""The partitions that this worker has in its care at the moment, each with its state."""

import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from schemas import metrics
from schemas.lag import Lag
from schemas.operations import log_of
from streams.store import RocksStore

_log = log_of("streams")


class State(Protocol):
    """What is known of a partition up to a position, which is where it is read on."""

    next_offset: int

    def close(self) -> None:
        """Leave all on disk and its folder free for another opener."""


StateOf = TypeVar("StateOf", bound=State)


class Gap(NamedTuple):
    """What came where the state's next offset was expected, and how often the log was read again for it."""

    first: int
    tries: int


class Owned(Generic[StateOf]):
    """One partition in this worker's care, and when it last moved (monotonic seconds)."""

    def __init__(self, number: int, state: StateOf) -> None:
        self.number = number
        self.state = state
        self.highwater: int | None = None
        """The end of the log; not known before the first fetch."""
        self.opened_at = self.moved_at = self.reseeked_at = time.monotonic()
        self.gap: Gap | None = None
        self._delivered: deque[tuple[int, int]] = deque()

    @property
    def behind(self) -> int:
        """How many records of the log were not taken yet, as far as is known."""
        return max(0, (self.highwater or 0) - self.state.next_offset)

    @property
    def is_up_to_date(self) -> bool:
        """Whether every record that the log is known to have was taken."""
        return self.highwater is not None and not self.behind

    def deliver(self, last_offset: int, first_timestamp_ms: int) -> None:
        """Remember a batch that was fetched and waits to be taken."""
        self._delivered.append((last_offset, first_timestamp_ms))

    @property
    def oldest_ms(self) -> int | None:
        """The timestamp of the oldest record that was fetched and is not taken yet."""
        while self._delivered and self._delivered[0][0] < self.state.next_offset:
            self._delivered.popleft()
        return self._delivered[0][1] if self._delivered else None

    def begin_again(self) -> None:
        """Hear that the partition was assigned again without having been another's."""

    def take_back(self) -> None:
        """Take back what was told of the partition: whoever has it now tells it."""


OwnedOf = TypeVar("OwnedOf", bound=Owned[Any])


class Partitions(Generic[OwnedOf]):
    """Opens and closes states as partitions come and go; a state belongs to one log and is never used for another."""

    def __init__(
        self, folder: Path, log_id: str, topic: str, name: str, make: Callable[[int, RocksStore], OwnedOf]
    ) -> None:
        self.topic = topic
        self._folder = folder / log_id
        self._name = name
        self._make = make
        self._owned: dict[int, OwnedOf] = {}
        self._lag = Lag()
        mine = set(self._folder.glob(f"{name}-*"))
        for other in set(folder.glob(f"*/{topic}-*")) - mine:
            shutil.rmtree(other)  # a log that is gone: its state can serve no one
            with suppress(OSError):  # states of another topic lie there: their own worker takes them away
                other.parent.rmdir()

    def open(self, numbers: Iterable[int]) -> None:
        """Open the states of these partitions; one that is open already stays as it is, and hears of it."""
        for number in numbers:
            if known := self._owned.get(number):
                known.begin_again()
                continue
            self._owned[number] = made = self._make(number, RocksStore(self._folder / f"{self._name}-{number}"))
            _log.info("partition opened", partition=self._name_of(number), next_offset=made.state.next_offset)
        metrics.ASSIGNED.set(len(self._owned))

    def close(self, numbers: Iterable[int]) -> None:
        """Close the states of these partitions; their folders are free for the next owner afterwards."""
        for number in numbers:
            if gone := self._owned.pop(number, None):
                gone.state.close()
                gone.take_back()
                self._lag.forget(self._name_of(number))
                _log.info("partition closed", partition=self._name_of(number), next_offset=gone.state.next_offset)
        metrics.ASSIGNED.set(len(self._owned))

    def tell_lag(self, owned: OwnedOf) -> None:
        """Tell how much of a partition waits to be taken, and for how long."""
        position, end = owned.state.next_offset, owned.highwater or 0
        now, oldest_ms = time.time(), owned.oldest_ms
        self._lag.tell(self._name_of(owned.number), position=position, end=end, oldest_ms=oldest_ms, now=now)

    def close_all(self) -> None:
        """Close every state."""
        self.close(list(self._owned))

    def get(self, number: int) -> OwnedOf | None:
        """Return the partition, or None where another worker has it now."""
        return self._owned.get(number)

    def __iter__(self) -> Iterator[OwnedOf]:
        return iter(list(self._owned.values()))

    def __len__(self) -> int:
        return len(self._owned)

    def _name_of(self, number: int) -> str:
        return f"{self.topic}/{number}"
