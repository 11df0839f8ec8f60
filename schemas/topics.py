"""The topics, declared in one place; `schemas.cluster` creates and checks them."""

from dataclasses import dataclass
from typing import Final

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class Topic:
    """A topic: whether it is spread over the campaign's partitions, and the broker's settings for it."""

    name: str
    is_partitioned: bool
    settings: dict[str, str]


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
    "minutes", is_partitioned=True, settings={"cleanup.policy": "delete", "retention.ms": str(7 * _DAY_MS)}
)
EPOCHS: Final = Topic("epochs", is_partitioned=False, settings={"cleanup.policy": "compact"})
EVENTS: Final = Topic("events", is_partitioned=False, settings={"cleanup.policy": "compact"})

TOPICS: Final = (LETTERS, HELD, REJECTED, TALLIES, MINUTES, EPOCHS, EVENTS)
