"""Open an epoch: topics that are there, and a record that says which log is counted."""

import time

from schemas.cluster import check_topics, create_topics, read_epoch, write_epoch
from schemas.environment import Environment
from schemas.epoch import Epoch


def open_topics(environment: Environment, *, after_epoch: int = 0) -> tuple[list[str], Epoch]:
    """Create what is missing and return its names with the epoch that counts this log.

    A log without an epoch of its own gets the next one: after the newest that the cluster knows, and after
    `after_epoch` (what ClickHouse knows, where the cluster has forgotten). It is complete from offset 0 on, for
    what an empty log follows has nothing that it lacks; `tally restore` says otherwise until it has ended.
    """
    created = create_topics(environment.kafka, environment.partitions, environment.replication)
    log_id = check_topics(environment.kafka, environment.partitions)
    known = read_epoch(environment.kafka)
    if known is not None and known["log_id"] == log_id:
        return created, known
    epoch: Epoch = {
        "epoch": max(known["epoch"] if known else 0, after_epoch) + 1,
        "log_id": log_id,
        "opened_at": int(time.time() * 1000),
        "complete_at": [0] * environment.partitions,
    }
    write_epoch(environment.kafka, epoch)
    return created, epoch
