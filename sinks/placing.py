"""Where a member reads on after a rebalance: where the last commit says, also in partitions that it has kept.

kafka-python goes on at its own position in a partition that was assigned before and is again. What was read of it and
not handed over has been dropped by then: without going back, it would be skipped for good.
"""

from collections.abc import Iterable
from typing import Any, Final

import kafka
from kafka import TopicPartition
from kafka.errors import KafkaError

from schemas.operations import log_of

Batch = dict[TopicPartition, list[Any]]
_ANSWER_MS: Final = 2_000
_log: Final = log_of("consume")


class Placing:
    """The partitions that were assigned and are not placed yet; nothing that is polled of them is kept."""

    def __init__(self, consumer: kafka.KafkaConsumer) -> None:
        self._consumer = consumer
        self._waiting: set[TopicPartition] = set()

    def expect(self, assigned: Iterable[TopicPartition]) -> None:
        """Place these partitions before anything of them is kept."""
        self._waiting.update(assigned)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """Leave partitions to whoever has them now."""
        self._waiting.difference_update(partitions)

    def kept(self, polled: Batch) -> Batch:
        """Place what waits, and return what was polled of the partitions that had been placed before.

        Where Kafka does not say what was committed, the partition waits on: it is asked again after the next poll.
        """
        if not self._waiting:
            return polled
        kept = {partition: records for partition, records in polled.items() if partition not in self._waiting}
        try:
            for partition in sorted(self._waiting):
                self._place(partition)
                self._waiting.remove(partition)
        except KafkaError as error:
            _log.warning("positions_not_known", failure=type(error).__name__)
        return kept

    def _place(self, partition: TopicPartition) -> None:
        committed = self._consumer.committed(partition, timeout_ms=_ANSWER_MS)
        if committed is None:
            self._consumer.seek_to_beginning(partition)
        else:
            self._consumer.seek(partition, committed)
