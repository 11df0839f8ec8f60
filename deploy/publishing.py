"""Records from an operator's command to Kafka, and on to where they outlive it."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

import kafka

from producers.committed import ask_committed
from producers.publisher import Outgoing, Published
from schemas.cluster import check_epoch
from schemas.environment import Environment
from schemas.topics import TOPIC
from schemas.wire import HEADERS

_ACKNOWLEDGE_SECONDS: Final = 30
_ASK_SECONDS: Final = 0.2
_TELL_SECONDS: Final = 5


class NotStoredError(Exception):
    """Kafka had the records, and nobody knows whether ClickHouse will; the message says why not."""


def publish(environment: Environment, records: Sequence[Outgoing]) -> Published:
    """Return once Kafka has every record; raises KafkaError, and ClusterError where no log is counted."""
    log_id = check_epoch(environment.kafka, environment.partitions)["log_id"]
    with closing(
        kafka.KafkaProducer(
            allow_auto_create_topics=False,
            bootstrap_servers=environment.kafka,
            acks="all",
            enable_idempotence=True,
            metrics_enabled=False,
        )
    ) as producer:
        homes = [TOPIC[one.topic].home_of(one.key, environment.partitions) for one in records]
        sent = [
            producer.send(one.topic, one.value, one.key, HEADERS, home)
            for one, home in zip(records, homes, strict=True)
        ]
        places = [future.get(timeout=_ACKNOWLEDGE_SECONDS) for future in sent]
    return Published(log_id, [((place.topic, place.partition), place.offset) for place in places])


def wait_until_stored(
    environment: Environment, published: Published, limit_seconds: float, say: Callable[[str], None]
) -> None:
    """Return once the ClickHouse sinks have committed all of it; raises NotStoredError after the limit.

    A broker may keep nothing on disk: what ClickHouse has is what a restore brings back.
    """
    started = told_at = time.monotonic()
    homes = published.highest()
    while True:
        committed = ask_committed(environment.kafka, environment.partitions)
        if committed is not None and committed.log_id != published.log_id:
            raise NotStoredError("Kafka was made anew meanwhile")
        stored = committed.offsets if committed else {}
        left = sum(stored.get(home, 0) <= offset for home, offset in homes.items())
        if committed is not None and not left:
            return
        now = time.monotonic()
        if now - started >= limit_seconds:
            away = "Kafka does not answer" if committed is None else "ClickHouse has not stored all of it"
            raise NotStoredError(f"{away} after {limit_seconds:g} s")
        if now - told_at >= _TELL_SECONDS:
            told_at = now
            say(f"Waiting for ClickHouse to store it: {left} of {len(homes)} partitions to go.")
        time.sleep(_ASK_SECONDS)
