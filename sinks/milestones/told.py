"""What was told of milestones, as the topic has it: of one id the first record stands. Pure."""

from collections.abc import Iterable

from schemas.crossing import Crossing, Delivery, Mark, is_delivery, mark_of


class Told:
    """Every crossing that was told, and which of them the webhook has taken; records may come again."""

    def __init__(self) -> None:
        self._crossings: dict[str, Crossing] = {}
        self._delivered: dict[str, int] = {}
        self._last: dict[Mark, Crossing] = {}
        self.revision = 0
        """Rises whenever something new was told."""

    def put(self, said: Crossing | Delivery) -> bool:
        """Take a record and return whether it says anything new."""
        if is_delivery(said):
            is_new = said["crossing_id"] not in self._delivered
            self._delivered.setdefault(said["crossing_id"], said["delivered_at"])
            self.revision += is_new
            return is_new
        if self._crossings.setdefault(said["crossing_id"], said) is not said:
            return False
        last = self._last.get(mark_of(said))
        if last is None or last["ordinal"] < said["ordinal"]:
            self._last[mark_of(said)] = said
        self.revision += 1
        return True

    def last(self, mark: Mark) -> Crossing | None:
        """Return the newest crossing of a milestone; None where it was never reached."""
        return self._last.get(mark)

    @property
    def marks(self) -> Iterable[Mark]:
        """Every milestone that was ever crossed."""
        return self._last.keys()

    def crossings(self, campaign: str) -> list[Crossing]:
        """Return a campaign's crossings, in the order in which their totals stood."""
        found = [crossing for crossing in self._crossings.values() if crossing["campaign"] == campaign]
        return sorted(found, key=lambda one: (one["as_of"], one["ordinal"], one["milestone"], one["crossing_id"]))

    def undelivered(self) -> list[Crossing]:
        """Return the crossings that no receiver has taken, in the order in which they were told."""
        return [crossing for one, crossing in self._crossings.items() if one not in self._delivered]

    def is_delivered(self, crossing_id: str) -> bool:
        """Return whether the webhook's receiver has taken a crossing."""
        return crossing_id in self._delivered
