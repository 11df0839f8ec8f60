"""Which milestone the webhook is told next, and when again after a failure. Pure; time is a parameter."""

from dataclasses import dataclass
from typing import Final, Literal

from schemas.crossing import Crossing, Delivery

PAUSES_SECONDS: Final = (5, 30, 120, 600, *(3600,) * 71)
"""After each failed attempt but the last; three days in all, so a weekend's outage is ridden out."""
After = Literal["again", "given_up", "nothing"]
"""What comes after a failed attempt; nothing where the topic says by now that another copy has delivered it."""


@dataclass
class _Waiting:
    crossing: Crossing
    due_at: float = 0.0
    failures: int = 0


class Deliveries:
    """What waits for the webhook. Each has its own attempts, so one that is refused keeps no other waiting.

    What was given up after the last attempt is not forgotten: it is still undelivered on the topic, and a process
    that is started anew tries it again.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._taken: dict[str, Delivery] = {}

    def offer(self, crossing: Crossing) -> None:
        """Wait for the delivery of a crossing, if it does not yet."""
        one = crossing["crossing_id"]
        if one not in self._taken:
            self._waiting.setdefault(one, _Waiting(crossing))

    def forget(self, crossing_id: str) -> None:
        """Wait no more: the topic says that it was delivered."""
        self._waiting.pop(crossing_id, None)
        self._taken.pop(crossing_id, None)

    def due(self, now: float) -> Crossing | None:
        """Return what is to be sent now: of what is due the one that has failed least, the earliest first."""
        due = [one for one in self._waiting.values() if one.due_at <= now and one.failures <= len(PAUSES_SECONDS)]
        return min(due, key=lambda one: one.failures).crossing if due else None

    def succeed(self, crossing_id: str, now_ms: int) -> None:
        """Note that the receiver has taken it."""
        self._waiting.pop(crossing_id, None)
        self._taken[crossing_id] = {"crossing_id": crossing_id, "delivered_at": now_ms}

    def fail(self, crossing_id: str, now: float) -> After:
        """Plan the next attempt, and return what comes after this one."""
        one = self._waiting.get(crossing_id)
        if one is None:
            return "nothing"
        one.failures += 1
        if one.failures > len(PAUSES_SECONDS):
            return "given_up"
        one.due_at = now + PAUSES_SECONDS[one.failures - 1]
        return "again"

    @property
    def unwritten(self) -> list[Delivery]:
        """What was delivered, as far as the topic does not say so yet."""
        return list(self._taken.values())

    @property
    def waiting(self) -> int:
        """How many have not been delivered, those that were given up among them."""
        return len(self._waiting)

    @property
    def has_failed(self) -> bool:
        """Whether one of those was refused, or not reached."""
        return any(one.failures for one in self._waiting.values())
