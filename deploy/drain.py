"""Wait until the ClickHouse sink has stored what the embedded broker would forget."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Final

import kafka

from schemas.topics import TOPIC

_QUIET_MS: Final = 1000
"""Twice what a broker may hold back an answer for: a poll that brings nothing for so long has found the end."""


class NotDrainedError(Exception):
    """The broker still holds what nobody else has; the message says so."""


def drain(servers: str, group: str, topics: Sequence[str], partitions: int, seconds: float) -> None:
    """Return once the group has committed all of the topics, to which nobody writes; raises NotDrainedError."""
    deadline = time.monotonic() + seconds
    homes = [kafka.TopicPartition(name, n) for name in topics for n in range(TOPIC[name].partitions(partitions))]
    ends = read_ends(servers, homes, deadline)
    with closing(_connect(servers, group)) as member:
        while True:
            missing = sum(max(0, ends[home] - (member.committed(home) or 0)) for home in homes)
            if not missing:
                return
            _check_time(deadline, f"ClickHouse lacks {missing:,} records of {' and '.join(topics)}")
            time.sleep(0.1)


def read_ends(
    servers: str, homes: Sequence[kafka.TopicPartition], deadline: float
) -> Mapping[kafka.TopicPartition, int]:
    """Return each partition's end, found by reading: the embedded broker may tell one that is a batch too low."""
    with closing(_connect(servers, None)) as reader:
        told = reader.end_offsets(homes)
        reader.assign(homes)
        for home in homes:
            reader.seek(home, max(0, told[home] - 1))
        while True:
            has_more = bool(reader.poll(timeout_ms=_QUIET_MS))
            ends = {home: reader.position(home) for home in homes}
            if not has_more and all(ends[home] >= told[home] for home in homes):
                return ends
            _check_time(deadline, "the broker does not hand out the last of what it holds")


def _check_time(deadline: float, complaint: str) -> None:
    if time.monotonic() > deadline:
        raise NotDrainedError(complaint)


def _connect(servers: str, group: str | None) -> kafka.KafkaConsumer:
    return kafka.KafkaConsumer(
        allow_auto_create_topics=False,
        bootstrap_servers=servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_poll_records=10_000,
    )
