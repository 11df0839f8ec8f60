"""Milestones are told on the topic, by the one process that has the seat."""

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from threading import Thread
from typing import Any, Final, TypeVar

from kafka.errors import KafkaError

from schemas.catalogue import Campaign
from schemas.crossing import Crossing, Delivery, is_delivery
from schemas.metrics import MILESTONES_TOLD, SEAT
from schemas.operations import log_of
from sinks.counters.board import Board
from sinks.milestones.delivering import Delivering
from sinks.milestones.judge import Cut, Judge
from sinks.milestones.log import Log
from sinks.milestones.told import Told

_Answer = TypeVar("_Answer")
_AGAIN_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 4
_STUCK_SECONDS: Final = 120
"""More than the client's own limit for any one question to a broker."""
_NAMES: Final = ("crossing_id", "campaign", "scope", "member", "milestone", "ordinal", "letters")
_log = log_of("milestones")


class Telling:
    """Compares what is shown with what was told; `board` gives None while no state of it may be judged."""

    def __init__(
        self,
        open_log: Callable[[], Log],
        board: Callable[[], Board | None],
        campaigns: Mapping[str, Campaign],
        quiet_ms: int,
        delivering: Delivering,
    ) -> None:
        self._open_log = open_log
        self._board = board
        self._judge = Judge(campaigns, quiet_ms)
        self._delivering = delivering
        self._told = Told()
        self._has_joined = self._has_seat = self._is_read = False
        self._calling: Future[Any]
        self._nothing_at: tuple[int, int] | None = None
        self._turned_at = time.monotonic()

    async def run(self) -> None:
        """Tell until cancelled; where Kafka fails, begin again with the first record."""
        while True:
            try:
                await self._tell_with(await self._call(self._open_log))
            except KafkaError as error:
                _log.warning("beginning_again", reason=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)

    def stuck(self) -> str | None:
        """Return None while the loop turns, else since when it does not."""
        still = time.monotonic() - self._turned_at
        return f"the loop has not turned for {still:.0f} s" if still > _STUCK_SECONDS else None

    def unready(self) -> str | None:
        """Return None where this process tells, or stands by for the one that does."""
        if not self._has_joined:
            return "has not joined its consumer group yet"
        return "what was told is not read to its end yet" if self._has_seat and not self._is_read else None

    def seat(self) -> str | None:
        """Return None where this process tells, else that it stands by."""
        return None if self._has_seat else "stands by: another process tells"

    async def _tell_with(self, log: Log) -> None:
        try:
            while True:
                for said in await self._call(log.read):
                    self._put(said)
                self._turned_at = time.monotonic()
                self._has_joined = log.has_joined
                self._note_seat(has_seat=log.has_seat)
                if log.has_seat and self._board() is not None:
                    await self._tell_news(log)
        finally:
            self._note_seat(has_seat=False)
            await self._leave(log)

    async def _tell_news(self, log: Log) -> None:
        """Write what is news; what lies unread on the topic may have told it already, so that is read first."""
        if self._is_read and not self._news():
            return
        if not await self._call(log.is_at_end):
            return
        if not self._is_read:
            self._is_read = True
            self._delivering.open(self._told.undelivered())
        if news := self._news():
            await self._call(lambda: log.write(news))

    def _news(self) -> list[Crossing | Delivery]:
        board = self._board()
        if board is None or board.epoch is None or board.as_of is None:
            return []
        cut = Cut(board.epoch, tuple(version for _, version in sorted(board.versions.items())), board.as_of)
        seen = (board.revision, self._told.revision)
        crossings = self._judge.judge(cut, board.totals, self._told) if seen != self._nothing_at else []
        if not crossings:
            self._nothing_at = seen  # the same would be judged five times a second, at 12 ms for 220 countries
        return [*self._delivering.unwritten, *crossings]

    def _put(self, said: Crossing | Delivery) -> None:
        if not self._told.put(said):
            return
        if is_delivery(said):
            self._delivering.forget(said["crossing_id"])
        elif self._is_read:
            MILESTONES_TOLD.labels(said["state"]).inc()
            _log.info(said["state"], **{name: said[name] for name in _NAMES})
            self._delivering.offer(said)

    def _note_seat(self, *, has_seat: bool) -> None:
        if self._has_seat and not has_seat:
            self._is_read = False
            self._delivering.close()
        self._has_seat = has_seat
        SEAT.set(has_seat)

    async def _leave(self, log: Log) -> None:
        """Close the log where nothing is under way with it any more; a call that hangs ends with the process."""
        await asyncio.to_thread(wait, [self._calling], _LEAVE_SECONDS)
        if self._calling.done():
            await self._call(log.close)

    async def _call(self, act: Callable[[], _Answer]) -> _Answer:
        """Return what a question to Kafka comes to, asked one at a time."""
        answer: Future[_Answer] = Future()
        answer.set_running_or_notify_cancel()
        self._calling = answer
        # A daemon: what hangs in the network must not keep the process from stopping.
        Thread(target=_settle, args=(answer, act), name="log", daemon=True).start()
        return await asyncio.wrap_future(answer)


def _settle(answer: "Future[_Answer]", act: Callable[[], _Answer]) -> None:
    try:
        answer.set_result(act())
    except BaseException as error:  # noqa: BLE001 (raised where the answer is waited for)
        answer.set_exception(error)
