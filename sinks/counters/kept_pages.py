"""Pages that were made a moment ago, in few bytes, whatever addresses are asked for."""

from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from sinks.counters.kept import Asked, Kept

MOST_BYTES: Final = 32 * 2**20


class KeptPages:
    """Pages by what they were asked for, for a second each; `clock_ms` gives epoch milliseconds."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._kept = Kept[Response](clock_ms, MOST_BYTES, lambda page: len(page.body))

    def page(self, asked: Asked, make: Callable[[], Response]) -> Response:
        """Return the page for what was asked, made at most a second ago."""
        return self._kept.get(asked, make)
