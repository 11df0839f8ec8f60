"""What was asked or drawn already: many look at the same at once, and it changes once a minute."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


class Kept(Generic[_Made]):
    """What was made, by all that it depends on; where it takes too many bytes, what was used longest ago goes first."""

    def __init__(self, most_bytes: int, size_of: Callable[[_Made], int]) -> None:
        self._most_bytes, self._size_of = most_bytes, size_of
        self._kept: dict[Hashable, tuple[_Made, int]] = {}  # what was used longest ago first
        self._making: dict[Hashable, asyncio.Task[_Made]] = {}
        self.bytes = 0
        """How many bytes are kept."""

    def known(self, asked: Hashable) -> _Made | None:
        """Return what is kept, or None."""
        if asked not in self._kept:
            return None
        self._kept[asked] = self._kept.pop(asked)
        return self._kept[asked][0]

    def put(self, asked: Hashable, made: _Made) -> None:
        """Keep something, unless it is larger than all that may be kept."""
        size = self._size_of(made)
        self.bytes += size - self._kept.pop(asked, (made, 0))[1]
        self._kept[asked] = made, size
        while self.bytes > self._most_bytes:
            self.bytes -= self._kept.pop(next(iter(self._kept)))[1]

    async def get(self, asked: Hashable, make: Callable[[], Awaitable[_Made]]) -> _Made:
        """Return what is kept, else make it, once for all who ask meanwhile; what fails fails for these alone."""
        known = self.known(asked)
        if known is not None:
            return known
        if asked not in self._making:
            self._making[asked] = asyncio.ensure_future(self._make(asked, make))
        return await asyncio.shield(self._making[asked])

    async def _make(self, asked: Hashable, make: Callable[[], Awaitable[_Made]]) -> _Made:
        try:
            made = await make()
            self.put(asked, made)
            return made
        finally:
            del self._making[asked]
