"""Records from an operator's command to Kafka."""

from collections.abc import Sequence
from contextlib import closing
from typing import Final

import kafka

from producers.publisher import Outgoing
from schemas.environment import Environment
from schemas.topics import TOPIC
from schemas.wire import HEADERS

_ACKNOWLEDGE_SECONDS: Final = 30


def publish(environment: Environment, records: Sequence[Outgoing]) -> None:
    """Return once Kafka has every record; raises KafkaError."""
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
        for future in sent:
            future.get(timeout=_ACKNOWLEDGE_SECONDS)
