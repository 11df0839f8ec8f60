"""What was made a moment ago: it costs milliseconds, and on the tenth of December many ask for the same."""

from collections.abc import Callable, Hashable
from sys import getsizeof
from typing import Final, Generic, NamedTuple, TypeVar

_REUSE_MS: Final = 1000
_AROUND: Final = 2_000
"""Bytes that are counted for each besides what is asked and made: as if it were kept with headers and more."""
_Made = TypeVar("_Made")
Asked = tuple[Hashable, ...]
"""All that the answer depends on besides the numbers; strings, numbers and such."""


class _Kept(NamedTuple, Generic[_Made]):
    made_at: int
    made: _Made
    size: int


class Kept(Generic[_Made]):
    """Answers by what was asked for, for a second each; where they take too many bytes the oldest go first.

    `clock_ms` gives epoch milliseconds, `size_of` how many bytes an answer takes.
    """

    def __init__(self, clock_ms: Callable[[], int], most_bytes: int, size_of: Callable[[_Made], int]) -> None:
        self._clock_ms, self._most_bytes, self._size_of = clock_ms, most_bytes, size_of
        self._kept: dict[Asked, _Kept[_Made]] = {}  # the oldest first
        self.bytes = 0
        """How many bytes are kept."""

    def get(self, asked: Asked, make: Callable[[], _Made]) -> _Made:
        """Return the answer to what was asked, made at most a second ago."""
        now_ms = self._clock_ms()
        kept = self._kept.get(asked)
        if kept is not None and _is_new(kept, now_ms):
            return kept.made
        made = make()
        self._keep(asked, _Kept(now_ms, made, self._size_of(made) + sum(map(getsizeof, asked)) + _AROUND))
        return made

    def _keep(self, asked: Asked, one: _Kept[_Made]) -> None:
        if asked in self._kept:
            self._drop(asked)
        self._kept[asked] = one
        self.bytes += one.size
        while self._kept:
            oldest = next(iter(self._kept))
            if _is_new(self._kept[oldest], one.made_at) and self.bytes <= self._most_bytes:
                return
            self._drop(oldest)

    def _drop(self, asked: Asked) -> None:
        self.bytes -= self._kept.pop(asked).size


def _is_new(kept: _Kept[_Made], now_ms: int) -> bool:
    return 0 <= now_ms - kept.made_at < _REUSE_MS
