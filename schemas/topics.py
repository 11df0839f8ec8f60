"""The topics, declared in one place; `schemas.cluster` creates and checks them."""

from dataclasses import dataclass
from typing import Final

from schemas.partition import KEY_BYTES, partition_of

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class Topic:
    """A topic: whether it is spread over the campaign's partitions, and the broker's settings for it."""

    name: str
    is_partitioned: bool
    settings: dict[str, str]

    def partitions(self, of_campaign: int) -> int:
        """Return how many partitions it has where the campaign's have so many."""
        return of_campaign if self.is_partitioned else 1

    def home_of(self, key: bytes, of_campaign: int) -> int | None:
        """Return the partition of a key, or None where the client is to choose: a key that is no id has no home."""
        if not self.is_partitioned:
            return 0  # its key may happen to be as long as an id
        return partition_of(key, of_campaign) if len(key) == KEY_BYTES else None


LETTERS: Final = Topic(
    "letters", is_partitioned=True, settings={"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
)
HELD: Final = Topic(
    "held", is_partitioned=True, settings={"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
)
REJECTED: Final = Topic(
    "rejected", is_partitioned=True, settings={"cleanup.policy": "delete", "retention.ms": str(90 * _DAY_MS)}
)
TALLIES: Final = Topic("tallies", is_partitioned=True, settings={"cleanup.policy": "compact"})
MINUTES: Final = Topic(
    # Not compacted: that would keep what came last, which may be what a superseded worker still had to say.
    "minutes",
    is_partitioned=True,
    settings={"cleanup.policy": "delete", "retention.ms": str(7 * _DAY_MS)},
)
EPOCHS: Final = Topic("epochs", is_partitioned=False, settings={"cleanup.policy": "compact"})
EVENTS: Final = Topic("events", is_partitioned=False, settings={"cleanup.policy": "compact"})
# Not compacted: of a crossing that two have told the first stands, for every reader and for ever.
MILESTONES: Final = Topic(
    "milestones",
    is_partitioned=False,
    settings={"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
)

TOPICS: Final = (LETTERS, HELD, REJECTED, TALLIES, MINUTES, EPOCHS, EVENTS, MILESTONES)
TOPIC: Final = {topic.name: topic for topic in TOPICS}
"""Each by its name."""
