"""Batches that do not begin where the state ends: read again, or believed to be a hole, by what comes next."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from faust.types.tuples import TP
from prometheus_client import REGISTRY

from streams.alignment import aligned
from streams.partitions import Owned

HOME = TP("letters", 0)


class Position:
    """A state that knows no more than where it is."""

    def __init__(self, next_offset: int) -> None:
        self.next_offset = next_offset

    def close(self) -> None:
        """Nothing is open."""


class Fetches:
    """A worker that is handed batches; `sought` are the positions that it has read again from."""

    def __init__(self, next_offset: int, log_start: int = 0) -> None:
        self.owned = Owned(0, Position(next_offset))
        self.sought: list[int] = []
        consumer = SimpleNamespace(earliest_offsets=self._start_of(log_start), reseek=self._seek)
        self._app: Any = SimpleNamespace(partitions={0: self.owned}, consumer=consumer)

    def hand(self, first: int, records: int = 10) -> int:
        """Hand over a batch and take what is aligned; return how many records that was."""
        batch: Sequence[Any] = [SimpleNamespace(offset=offset) for offset in range(first, first + records)]
        taken = asyncio.run(aligned(self._app, HOME, self.owned, batch))
        if taken:
            self.owned.state.next_offset = taken[-1].offset + 1
        return len(taken)

    def _start_of(self, log_start: int) -> Any:  # noqa: ANN401 (as the consumer's method)
        async def earliest_offsets(tp: TP) -> dict[TP, int]:
            return {tp: log_start}

        return earliest_offsets

    async def _seek(self, _: TP, offset: int) -> None:
        self.sought.append(offset)


def gaps() -> float:
    return REGISTRY.get_sample_value("tally_offset_gaps_total") or 0


def test_batches_on_their_way_are_no_proof_of_a_hole() -> None:
    """After a lost fetch, however many later batches were queued behind it, the log is read again from the position."""
    fetches, before = Fetches(0), gaps()
    assert [fetches.hand(first) for first in (10, 20, 30, 40, 50)] == [0, 0, 0, 0, 0]
    assert fetches.sought == [0]
    assert [fetches.hand(first) for first in (0, 10, 20)] == [10, 10, 10]
    assert gaps() == before


def test_stale_fetches_do_not_add_up() -> None:
    """Stale fetches with good ones in between are each read again, however many there were."""
    fetches, before = Fetches(0), gaps()
    for turn in range(5):
        assert fetches.hand(10 * turn + 10) == 0
        assert fetches.hand(10 * turn) == 10
    assert gaps() == before


def test_a_hole_that_stays_is_told_and_passed() -> None:
    """Where the same record comes first each time that the log is read again, those before it are gone: an alarm."""
    fetches, before = Fetches(0), gaps()
    assert [fetches.hand(7) for _ in range(3)] == [0, 0, 10]
    assert fetches.sought == [0, 0]
    assert gaps() == before + 7


def test_what_retention_took_is_told_at_once() -> None:
    """Records before the log's start can't be read again; reading goes on at its start, and nowhere behind it."""
    fetches, before = Fetches(0, log_start=20), gaps()
    assert fetches.hand(30) == 0
    assert fetches.sought == [20]
    assert fetches.hand(20) == 10
    assert gaps() == before + 20
