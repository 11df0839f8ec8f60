"""Stores letters, totals, minutes and rejections in ClickHouse until it is told to stop."""

import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread
from typing import Final

from clickhouse_connect.driver.exceptions import Error
from kafka.errors import KafkaError

from schemas.catalogue import Catalogue
from schemas.cluster import ClusterError
from schemas.environment import Environment
from schemas.epoch import Epoch, group_of_sinks
from schemas.faults import failure_of
from schemas.migrations import MigrationError, check_tables, connect
from schemas.operations import Check, Health, leave, log_of, serve_operations
from schemas.topics import LETTERS
from sinks.clickhouse.catalogue_rows import campaign_columns, case_columns
from sinks.clickhouse.drift import DriftWatch
from sinks.clickhouse.insert import Stopped, Store
from sinks.clickhouse.narrow import reject_to
from sinks.clickhouse.storing import STORED_TOPICS, Storing
from sinks.clickhouse.watch import EpochWatch
from sinks.consume import Consumption, connect_consumer
from sinks.starting import told

_BATCH_RECORDS: Final = 20_000
_LINGER_SECONDS: Final = 0.5
_STUCK_SECONDS: Final = 30.0
_LONG_SECONDS: Final = 60.0
_log: Final = log_of("clickhouse")


def main() -> None:
    """Run until SIGTERM or SIGINT; exit status 1 where the surroundings are not as they must be, which is logged."""
    env, catalogue, epoch = told("clickhouse")
    stop = Event()
    # Not before: while Kafka is away that takes half a minute, in which there is nothing to end in order.
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, lambda *_: stop.set())
    try:
        with suppress(Stopped):
            run(env, catalogue, epoch, stop)
    except (ClusterError, MigrationError) as error:
        leave("clickhouse", str(error))
    except KafkaError as error:
        leave("clickhouse", f"Kafka at {env.kafka} does not answer ({type(error).__name__}): is it up?")
    except Error as error:
        leave("clickhouse", f"ClickHouse refuses ({failure_of(error)}): is TALLY_CLICKHOUSE right?")
    _log.info("stopped")


def run(env: Environment, catalogue: Catalogue, epoch: Epoch, stop: Event) -> None:
    """Store until `stop` is set; raises Stopped, or what can't be ridden out."""
    store = Store(partial(connect, env.clickhouse.get_secret_value()), stop)
    watch = EpochWatch(env.kafka, epoch, store, stop)
    # A group for each epoch: a log that begins anew is read from its beginning.
    group = group_of_sinks(epoch["epoch"])
    consumer = connect_consumer(env.kafka, group, env.session_timeout_seconds, _BATCH_RECORDS)
    storing = Storing(store, reject_to(env.kafka), epoch["epoch"], env.partitions)
    consumption = Consumption(consumer, storing, stop)
    server = serve_operations(env.host, env.port, _health(store, watch, consumption))
    _log.info("started", port=server.server_port, epoch=epoch["epoch"])
    store.persist("schema_migrations", check_tables)
    _describe(store, catalogue)
    Thread(target=watch.run, name="epoch", daemon=True).start()
    drift = DriftWatch(
        partial(connect, env.clickhouse.get_secret_value()),
        env.kafka,
        lambda: watch.epoch,
        lambda: (LETTERS.name, 0) in consumption.owned,
        env.reconcile_interval_seconds,
    )
    Thread(target=drift.run, args=(stop,), name="drift", daemon=True).start()
    try:
        consumption.run(STORED_TOPICS, _BATCH_RECORDS, _LINGER_SECONDS)
    finally:
        server.shutdown()
        if watch.fault is not None:  # also where a hand-over was under way, which only says that it was stopped
            raise watch.fault


def _describe(store: Store, catalogue: Catalogue) -> None:
    """Store what campaigns and cases are, for analysts; letters of others count all the same."""
    now = datetime.now(UTC)
    for table, columns in (("campaigns", campaign_columns), ("campaign_cases", case_columns)):
        store.insert(table, columns(catalogue.campaigns.values(), now))


def _health(store: Store, watch: EpochWatch, consumption: Consumption) -> Health:
    def turns() -> str | None:
        last = consumption.last_turn
        still = 0.0 if last is None else time.monotonic() - last  # until it turns, it waits for ClickHouse: not stuck
        return None if still < _STUCK_SECONDS else f"the loop has not turned for {still:.0f} s"

    def joined() -> str | None:
        return None if consumption.has_joined else "has not joined its consumer group yet"

    def stored() -> str | None:
        since = consumption.taking_since
        still = 0.0 if since is None else time.monotonic() - since
        return None if still < _LONG_SECONDS else f"the records at hand have not been stored for {still:.0f} s"

    ready: dict[str, Check] = {"clickhouse": store.complaint, "kafka": watch.complaint, "group": joined}
    ready["batch"] = stored
    return Health({"loop": turns}, ready)


if __name__ == "__main__":
    main()
