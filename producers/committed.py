"""What the ClickHouse sink has stored of the log that is counted, as its group has committed it."""

from contextlib import closing

import kafka
from kafka.errors import KafkaError

from producers.relay import Committed
from schemas.cluster import RECONNECT_MS, ClusterError, check_epoch
from schemas.epoch import group_of_sinks
from schemas.topics import EVENTS, HELD, LETTERS, REJECTED


def ask_committed(servers: str, partitions: int) -> Committed | None:
    """Return it, or nothing while Kafka is away or no epoch is open yet; blocks for some seconds at most."""
    topics = (LETTERS, HELD, REJECTED, EVENTS)
    homes = [kafka.TopicPartition(topic.name, n) for topic in topics for n in range(topic.partitions(partitions))]
    try:
        epoch = check_epoch(servers, partitions)
        group = group_of_sinks(epoch["epoch"])
        with closing(kafka.KafkaAdminClient(bootstrap_servers=servers, reconnect_backoff_max_ms=RECONNECT_MS)) as admin:
            told = admin.list_group_offsets({group: homes})[group]
    except (KafkaError, ClusterError):
        return None
    return Committed(epoch["log_id"], {(tp.topic, tp.partition): at.offset for tp, at in told.items()})
