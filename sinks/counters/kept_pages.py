"""Pages that were made a moment ago: a page costs milliseconds, and on the tenth of December many ask for the same."""

from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from starlette.responses import Response

_REUSE_MS: Final = 1000
_MOST_KEPT: Final = 200


class _Kept(NamedTuple):
    made_at: int
    page: Response


class KeptPages:
    """Pages by what they were asked for, for a second each; `clock_ms` gives epoch milliseconds."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._kept: dict[Hashable, _Kept] = {}

    def page(self, asked: Hashable, make: Callable[[], Response]) -> Response:
        """Return the page for what was asked, made at most a second ago."""
        now_ms = self._clock_ms()
        kept = self._kept.get(asked)
        if kept is None or not 0 <= now_ms - kept.made_at < _REUSE_MS:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[asked] = _Kept(now_ms, make())
        return kept.page
