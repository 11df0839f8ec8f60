"""The Faust applications: how they join their group and read."""

import time
from typing import Any, TypeVar

import faust

from schemas.environment import Environment
from schemas.epoch import Epoch
from schemas.topics import LETTERS
from streams.assignor import WholeAssignor
from streams.counted import Counted
from streams.partitions import Partitions
from streams.seat import Seat

GROUP = "letter-tally-count"


class BatchApp(faust.App):  # type: ignore[misc]  # Faust ships no types
    """A Faust app that knows which partitions of its topic are in its care."""

    partitions: Partitions[Any]
    seat: Seat
    group: str
    partition_count: int
    has_joined: bool
    """Whether the group has assigned partitions to this worker, be it none: there may be more workers than those."""


class CountApp(BatchApp):
    """An app that counts, of which epoch, and when it last emitted."""

    partitions: Partitions[Counted]
    epoch: int
    emission_turned_at: float
    """When emission last went on to a partition, or round (monotonic seconds)."""


App = TypeVar("App", bound=BatchApp)


def make_app(environment: Environment, epoch: Epoch) -> CountApp:
    """Return the app that counts, not started; its states lie in the environment's folder under the log's id."""
    app = join_as(CountApp, GROUP, environment)
    app.partitions = Partitions(environment.state, epoch["log_id"], LETTERS.name, LETTERS.name, Counted)
    app.seat = Seat(environment.state / "seat")
    app.epoch = epoch["epoch"]
    app.emission_turned_at = time.monotonic()
    return app


def join_as(kind: type[App], group: str, environment: Environment) -> App:
    """Return an app that is to be a member of a group; its partitions and its seat are still to be given to it."""
    servers = environment.kafka.split(",")
    app = kind(
        group,
        broker_consumer=[f"batches://{server}" for server in servers],
        broker_producer=[f"kafka://{server}" for server in servers],
        datadir=environment.state / "faust",  # else it makes folders wherever it is started
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="none",
        consumer_max_fetch_size=1536 << 10,
        broker_max_poll_records=5_000,
        broker_session_timeout=environment.session_timeout_seconds,
        broker_heartbeat_interval=environment.session_timeout_seconds / 5,
        broker_rebalance_timeout=20,
        broker_max_poll_interval=300,
        broker_commit_interval=1,
        stream_buffer_maxsize=2,
        producer_acks=-1,
        producer_linger=0.005,
        producer_max_batch_size=256 << 10,
        producer_compression_type="lz4",
        PartitionAssignor=WholeAssignor,
    )
    app.group = group
    app.partition_count = environment.partitions
    app.has_joined = False
    return app
