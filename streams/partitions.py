"""The partitions that this worker counts at the moment, each with its state."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from schemas.operations import log_of
from streams.state import PartitionState
from streams.store import RocksStore

_log = log_of("streams")


class Counted:
    """One partition in this worker's care, and when it last moved or spoke (monotonic seconds)."""

    def __init__(self, number: int, state: PartitionState) -> None:
        self.number = number
        self.state = state
        self.highwater: int = 0
        self.moved_at = time.monotonic()
        self.reseeked_at = self.moved_at
        self.gap_tries = 0
        self.framed_at = float("-inf")
        self.keyframed_at = float("-inf")
        """Never: whoever takes a partition over begins with a keyframe."""

    @property
    def behind(self) -> int:
        """How many records of the log are not counted yet, as far as is known."""
        return max(0, self.highwater - self.state.next_offset)


class Partitions:
    """Opens and closes states as partitions come and go; a state belongs to one log and is never used for another."""

    def __init__(self, folder: Path, log_id: str) -> None:
        self._folder = folder / log_id
        self._counted: dict[int, Counted] = {}
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

    def close(self, numbers: Iterable[int]) -> None:
        """Close the states of these partitions; their folders are free for the next owner afterwards."""
        for number in numbers:
            if gone := self._counted.pop(number, None):
                gone.state.close()
                _log.info("partition closed", partition=number, next_offset=gone.state.next_offset)

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
