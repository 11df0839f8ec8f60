"""The Kafka cluster as the topics of this package need it: create, check, and the epoch that is counted."""

import time
from contextlib import closing
from typing import Any, Final

import kafka
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from schemas.epoch import EPOCH_KEY, Epoch, decode_epoch
from schemas.topics import EPOCHS, LETTERS, TOPICS, Topic
from schemas.wire import HEADERS, encode

_METADATA_SECONDS: Final = 30
"""How long a broker may take to know of what its controller has made."""
RECONNECT_MS: Final = 1000
"""The longest pause between two attempts to reach a broker; the client's own grows to half a minute."""


class ClusterError(Exception):
    """The cluster is not as it must be; the message says what to do."""


def create_topics(servers: str, partitions: int, replication: int) -> list[str]:
    """Create the topics that are not there and return their names; what exists is left as it is."""
    with closing(kafka.KafkaAdminClient(bootstrap_servers=servers, reconnect_backoff_max_ms=RECONNECT_MS)) as admin:
        existing = set(admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in existing]
        for topic in missing:
            new = NewTopic(topic.name, topic.partitions(partitions), replication, topic_configs=topic.settings)
            try:
                admin.create_topics([new])
            except TopicAlreadyExistsError:
                continue  # somebody else was quicker; the check that follows looks at what they made
        deadline = time.monotonic() + _METADATA_SECONDS
        while not all(topic.name in _described(admin) for topic in TOPICS):
            if time.monotonic() > deadline:
                raise ClusterError(
                    f"the topics are not there {_METADATA_SECONDS} s after they were made: is Kafka well?"
                )
            time.sleep(0.1)
    return [topic.name for topic in missing]


def check_topics(servers: str, partitions: int) -> str:
    """Return the id of the log `letters`; raises ClusterError on a missing topic or a wrong partition count."""
    with closing(kafka.KafkaAdminClient(bootstrap_servers=servers, reconnect_backoff_max_ms=RECONNECT_MS)) as admin:
        found = _described(admin)
    for topic in TOPICS:
        described = found.get(topic.name)
        if described is None:
            raise ClusterError(f"topic {topic.name} is missing: run `tally topics create`")
        wanted = topic.partitions(partitions)
        if (count := len(described["partitions"])) != wanted:
            raise ClusterError(
                f"topic {topic.name} has {count} partitions, {wanted} expected: set TALLY_PARTITIONS={count}, "
                "or make the topics anew and run `tally restore`"
            )
    return str(found[LETTERS.name]["topic_id"])


def id_of(servers: str, topic: Topic) -> str:
    """Return the broker's id of a topic: another one once the topic was made anew."""
    with closing(kafka.KafkaAdminClient(bootstrap_servers=servers, reconnect_backoff_max_ms=RECONNECT_MS)) as admin:
        described = _described(admin).get(topic.name)
    if described is None:
        raise ClusterError(f"topic {topic.name} is missing: run `tally topics create`")
    return str(described["topic_id"])


def _described(admin: Any) -> dict[str, Any]:  # noqa: ANN401 (kafka-python ships no types)
    """Return the topics that there are, by name.

    All are asked for: the embedded broker makes a topic that it is asked for by name, with partitions as it likes.
    """
    return {topic["name"]: topic for topic in admin.describe_topics() if not topic["error_code"]}


def read_epoch(servers: str) -> Epoch | None:
    """Return the newest epoch that was written, or None where none ever was."""
    with closing(
        kafka.KafkaConsumer(
            allow_auto_create_topics=False,
            bootstrap_servers=servers,
            enable_auto_commit=False,
            reconnect_backoff_max_ms=RECONNECT_MS,
        )
    ) as consumer:
        consumer._client.cluster.need_all_topic_metadata = True  # noqa: SLF001 (as _described: asked for by name, it is made)
        only = kafka.TopicPartition(EPOCHS.name, 0)
        consumer.assign([only])
        consumer.seek_to_beginning(only)
        end = consumer.end_offsets([only])[only]
        newest: Epoch | None = None
        deadline = time.monotonic() + 30
        while consumer.position(only) < end:
            if time.monotonic() > deadline:
                raise ClusterError(f"topic {EPOCHS.name} did not answer within 30 s")
            for record in consumer.poll(timeout_ms=500).get(only, []):
                epoch = decode_epoch(record.value)
                newest = epoch if newest is None or epoch["epoch"] >= newest["epoch"] else newest
    return newest


def write_epoch(servers: str, epoch: Epoch) -> None:
    """Write an epoch and return once the cluster has it."""
    with closing(
        kafka.KafkaProducer(
            allow_auto_create_topics=False,
            bootstrap_servers=servers,
            acks="all",
            enable_idempotence=True,
            reconnect_backoff_max_ms=RECONNECT_MS,
        )
    ) as producer:
        producer.send(EPOCHS.name, key=EPOCH_KEY, value=encode(epoch), headers=HEADERS).get(timeout=30)


def check_epoch(servers: str, partitions: int) -> Epoch:
    """Return the epoch to count; raises ClusterError where the log is not the one that the epoch was opened for."""
    log_id = check_topics(servers, partitions)
    epoch = read_epoch(servers)
    if epoch is None:
        raise ClusterError("no epoch is open: run `tally topics create`")
    if epoch["log_id"] != log_id:
        raise ClusterError("topic letters was made anew since the epoch was opened: run `tally topics create`")
    return epoch
