"""One connection to Kafka: made anew after a failure, never mended. Every call may block: run it in a thread."""

from contextlib import closing
from typing import Any, Final

import kafka

from schemas.cluster import check_topics
from schemas.topics import EVENTS, HELD, LETTERS, REJECTED

ACKNOWLEDGE_SECONDS: Final = 5
_ANSWER_MS: Final = 2000


class Connection:
    """An idempotent producer (acks=all) on checked topics, and a way to ask whether Kafka still answers."""

    def __init__(self, producer: Any, questions: Any, log_id: str) -> None:  # noqa: ANN401 (kafka-python ships no types)
        self.producer = producer
        self.log_id = log_id
        self._questions = questions

    def ask(self) -> None:
        """Return once Kafka has answered a question; raises KafkaError within seconds otherwise."""
        self._questions.list_topics()

    def close(self, seconds: float) -> None:
        """Let what was sent be acknowledged or expire, then disconnect; raises KafkaError where the time is not enough.

        kafka-python keeps its thread where a close runs out of time, so a failed connection is given longer
        than its records live.
        """
        with closing(self._questions):
            self.producer.close(timeout=seconds)


def connect(servers: str, partitions: int) -> Connection:
    """Return a connection; raises KafkaError while Kafka is away, ClusterError where topics are missing or wrong."""
    producer = kafka.KafkaProducer(
        bootstrap_servers=servers,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        batch_size=128 << 10,
        delivery_timeout_ms=ACKNOWLEDGE_SECONDS * 1000,
        request_timeout_ms=ACKNOWLEDGE_SECONDS * 1000 - 500,
        reconnect_backoff_max_ms=1000,
        max_block_ms=500,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=_ANSWER_MS,
        metrics_enabled=False,
    )
    # Asked for a topic by name that it has forgotten, the embedded broker would make it, with partitions as it likes.
    producer._metadata.need_all_topic_metadata = True  # noqa: SLF001 (said by no public name)
    try:
        log_id = check_topics(servers, partitions)
        for topic in (LETTERS, HELD, REJECTED, EVENTS):
            producer.partitions_for(topic.name)  # else the first send would block the event loop for this
        questions = kafka.KafkaAdminClient(
            bootstrap_servers=servers,
            bootstrap_timeout_ms=_ANSWER_MS,
            request_timeout_ms=_ANSWER_MS,
            reconnect_backoff_max_ms=1000,
        )
    except Exception:
        producer.close(timeout=0)  # nothing was sent on it
        raise
    return Connection(producer, questions, log_id)
