"""Open an epoch: topics that are there, and a record that says which log is counted."""

import time
from collections.abc import Collection, Sequence

from schemas.cluster import check_topics, create_topics, read_epoch, write_epoch
from schemas.environment import Environment
from schemas.epoch import Epoch


def open_topics(
    environment: Environment,
    *,
    after_epoch: int = 0,
    of_logs: Collection[str] = (),
    is_complete: bool = True,
    complete_at: Sequence[int] | None = None,
) -> tuple[list[str], Epoch]:
    """Create what is missing and return its names with the epoch that counts this log.

    A log without an epoch of its own gets the next one: after the newest that the cluster knows, and after
    `after_epoch` (what ClickHouse knows, where the cluster has forgotten). So does one whose epoch was opened
    without knowing of `after_epoch`: it is older, or the same number stands for another of `of_logs`. Where an older
    truth must be restored first it is not complete; once that is done, `complete_at` says from which offsets on it is.
    """
    created = create_topics(environment.kafka, environment.partitions, environment.replication)
    log_id = check_topics(environment.kafka, environment.partitions)
    known = read_epoch(environment.kafka)
    is_known = known is not None and known["log_id"] == log_id and not _is_outdated(known, after_epoch, of_logs)
    if known is not None and is_known and complete_at is None:
        return created, known
    ends = list(complete_at) if complete_at is not None else [0] * environment.partitions
    epoch: Epoch = {
        "epoch": known["epoch"] if known and is_known else max(known["epoch"] if known else 0, after_epoch) + 1,
        "log_id": log_id,
        "opened_at": int(time.time() * 1000),
        "complete_at": ends if is_complete else None,
    }
    write_epoch(environment.kafka, epoch)
    return created, epoch


def _is_outdated(known: Epoch, after_epoch: int, of_logs: Collection[str]) -> bool:
    if known["epoch"] != after_epoch:
        return known["epoch"] < after_epoch
    return any(log_id != known["log_id"] for log_id in of_logs)
