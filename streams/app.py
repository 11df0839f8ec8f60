"""The Faust application: how it joins the group and reads."""

import time

import faust

from schemas.environment import Environment
from schemas.epoch import Epoch
from streams.partitions import Partitions
from streams.seat import Seat

GROUP = "letter-tally-count"


class CountApp(faust.App):  # type: ignore[misc]  # Faust ships no types
    """A Faust app that knows which partitions are counted here, of which epoch, and when it last emitted."""

    partitions: Partitions
    seat: Seat
    partition_count: int
    epoch: int
    has_joined: bool
    """Whether the group has assigned partitions to this worker, be it none: there may be more workers than those."""
    emission_turned_at: float
    """When emission last went on to a partition, or round (monotonic seconds)."""


def make_app(environment: Environment, epoch: Epoch) -> CountApp:
    """Return the app, not started; its states lie in the environment's folder under the log's id."""
    servers = environment.kafka.split(",")
    app = CountApp(
        GROUP,
        broker_consumer=[f"batches://{server}" for server in servers],
        broker_producer=[f"kafka://{server}" for server in servers],
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
    )
    app.partitions = Partitions(environment.state, epoch["log_id"])
    app.seat = Seat(environment.state)
    app.partition_count = environment.partitions
    app.epoch = epoch["epoch"]
    app.has_joined = False
    app.emission_turned_at = time.monotonic()
    return app
