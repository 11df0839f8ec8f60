"""When letters came, of every campaign, as of what the board shows."""

from collections.abc import Callable
from typing import Final

import orjson

from schemas.catalogue import Catalogue
from sinks.counters.board import Board
from sinks.counters.kept import Kept
from sinks.counters.minutes import REMEMBERED_MINUTES, Minutes
from sinks.counters.problems import Problem, not_read_yet
from sinks.counters.rates import Moment, rates_of

_MOST_KEPT_BYTES: Final = 2**20


class Timeline:
    """The board's moment in the minutes; `is_read` says whether those have been read to their end."""

    def __init__(
        self,
        board: Board,
        minutes: Minutes,
        catalogue: Catalogue,
        is_read: Callable[[], bool],
        clock_ms: Callable[[], int],
    ) -> None:
        self._board = board
        self._minutes = minutes
        self._catalogue = catalogue
        self._is_read = is_read
        self._kept = Kept[bytes](clock_ms, _MOST_KEPT_BYTES, len)

    def turn(self, now_ms: int) -> None:
        """Forget what is too old to be told; call it every minute."""
        self._minutes.remember(now_ms // 60_000 - REMEMBERED_MINUTES, self._board.epoch)

    def moment(self, campaign: str) -> Moment:
        """Return the campaign as of what the board shows; raises Problem where that is not known yet."""
        if self._board.as_of is None or not self._is_read():
            raise not_read_yet()
        return Moment(self._minutes, campaign, self._board.epoch, self._board.as_of)

    def zone(self, campaign: str) -> str:
        """Return the campaign's time zone, UTC where no file says one."""
        known = self._catalogue.campaigns.get(campaign)
        return known.time_zone if known else "UTC"

    def rates(self, campaign: str) -> bytes:
        """Return the JSON of how fast letters come, at most a second old; raises Problem while unknown."""
        return self._kept.get((campaign,), lambda: orjson.dumps(rates_of(self.moment(campaign), self.zone(campaign))))

    def rates_if_known(self, campaign: str) -> bytes | None:
        """Return the same, or nothing."""
        try:
            return self.rates(campaign)
        except Problem:
            return None
