"""The whole of Letter Tally on one machine: engines, collector, count worker, sinks; supervised."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from clickhouse_connect.driver.exceptions import Error as ClickHouseError
from kafka.errors import KafkaError
from pydantic import SecretStr

from deploy import folder
from deploy.changes import Changes, read_and_take, read_anew
from deploy.drain import NotDrainedError, drain
from deploy.embedded.probes import answers_kafka
from deploy.embedded.processes import Child, Processes, Report, StartError
from deploy.parts import Parts
from deploy.ports import free_port, is_taken
from deploy.restore import open_or_restore
from schemas.cluster import ClusterError
from schemas.environment import Environment
from schemas.epoch import group_of_sinks
from schemas.migrations import connect, migrate
from schemas.topics import EVENTS, HELD, LETTERS, MILESTONES, REJECTED

_STOP_ORDER: Final = ("poller", "held", "streams", "milestones", "counters", "history", "clickhouse-sink")
_LOST: Final = "reports lie in the outbox for the next start; decisions on held ones may be lost"
_DRAIN_SECONDS: Final = 20
_RESTORE_AGAIN_SECONDS: Final = 2.0


def _given(port: int) -> int:
    """Return the port, or a free one for 0; raises StartError where another process answers there already."""
    if port and is_taken(port):
        raise StartError(f"port {port} is in use: stop what listens there, or choose another one")
    return port or free_port()


class Stack:
    """Everything under one folder; engines of its own where no address of another one is given."""

    def __init__(
        self,
        data: Path,
        say: Callable[[str], None],
        *,
        kafka_servers: str | None = None,
        clickhouse: str | None = None,
        collector_port: int = 0,
        counters_port: int = 0,
    ) -> None:
        self.data = data.absolute()
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = folder.lock(self.data)
        self._say = say
        self._processes = Processes(self.data / "logs", say)
        self._embeds_broker, self._embeds_clickhouse = kafka_servers is None, clickhouse is None
        ports = _given(collector_port), _given(counters_port)
        if len(set(ports)) == 1:
            raise StartError("the collector and the counters need a port each")
        self._broker_port, clickhouse_port = free_port(), free_port()
        password = folder.secret(self.data, "clickhouse_password")
        self.environment = Environment(
            kafka=kafka_servers or f"127.0.0.1:{self._broker_port}",
            clickhouse=SecretStr(clickhouse or f"http://tally:{password}@127.0.0.1:{clickhouse_port}/tally"),
            session_timeout_seconds=6 if self._embeds_broker else 10,
            campaigns=folder.campaigns(self.data),
            state=self.data / "state",
        )  # type: ignore[call-arg]  # the rest has defaults
        until = "clickhouse" if self._embeds_broker else "kafka"
        self._parts = Parts(self.data, self.environment, *ports, self._broker_port, clickhouse_port, until, free_port())
        self.addresses = self._parts.addresses
        """Where each part can be reached, without passwords."""
        self._changes = Changes(self.data)
        self._written = read_and_take(self.data, self.environment)
        self.epoch = 0
        self._restore_at: float | None = None
        self._has_taken = False  # whether this broker may hold what a collector has taken

    def start(self) -> None:
        """Start all in order, what was stored restored first; raises StartError."""
        folder.retract(self.data)
        if self._embeds_clickhouse:
            self._processes.start(self._parts.clickhouse())
        with closing(connect(self.environment.clickhouse.get_secret_value())) as client:
            migrate(client)
        if self._embeds_broker:
            self._processes.start(self._collector())  # its outbox takes reports while a log is restored
        self._start_from_broker()
        folder.announce(self.data, self.addresses)

    def watch_once(self) -> None:
        """Restart what has ended or hangs; a broker that did has forgotten all, so its log is restored first."""
        self._processes.watch()
        if self._restore_at is None and "broker" in self._processes.ended():
            self._say(f"{self._processes.ending('broker')}; restoring its log from ClickHouse under a new epoch")
            self._restore_at = time.monotonic()
        if self._restore_at is not None and time.monotonic() >= self._restore_at:
            self._restore()
        self._processes.restart_due()
        if self._restore_at is None and self._changes.are_there():
            self._take_changes()

    @property
    def campaigns(self) -> list[str]:
        """The campaigns that are counted now."""
        return list(self._written.catalogue.campaigns)

    def report(self) -> list[Report]:
        """Return how each part is."""
        return self._processes.report()

    def stop(self) -> str | None:
        """Stop collectors first and sinks last, once ClickHouse has what the broker would forget.

        Where ClickHouse does not have it in time, what that means is returned as a sentence.
        """
        self._processes.stop(["poller", "collector"])
        lost = None
        if self._embeds_broker and self._has_taken:
            lost = self._drain(LETTERS.name, HELD.name, EVENTS.name)
            # Workers release letters and reject until they have ended, and the sink rejects what ClickHouse refuses.
            self._processes.stop(["held", "streams", "milestones"])
            lost = lost or self._drain(LETTERS.name, HELD.name, EVENTS.name, REJECTED.name, MILESTONES.name)
        self._processes.stop([*_STOP_ORDER, "broker", "clickhouse"])
        folder.retract(self.data)
        return lost

    def _restore(self) -> None:
        """Begin anew from the broker on, or try again in a moment: ClickHouse may be on its way up as well.

        The collector runs on: its outbox has what it takes, and what the lost log had that ClickHouse has not.
        """
        self._processes.stop(_STOP_ORDER)
        if not answers_kafka(self._broker_port):
            self._processes.stop(["broker"])
            self._has_taken = False
        try:
            self._start_from_broker()
            self._restore_at = None
        except (StartError, ClickHouseError, ClusterError, KafkaError) as error:
            self._say(f"not restored yet ({error}); trying again")
            self._restore_at = time.monotonic() + _RESTORE_AGAIN_SECONDS

    def _take_changes(self) -> None:
        """Start anew what has read files that say something else by now; a mistake in them changes nothing."""
        written = read_anew(self.data, self.environment, self._say)
        if written is None or written == self._written:
            return
        before, self._written = self._written, written
        if written.catalogue != before.catalogue:
            self._say("campaigns were changed: collector, sinks and counters start again with them")
            parts = [self._collector(), *self._parts.sinks()]
        else:
            self._say("sources or keys were changed: the collector starts again with them")
            parts = [self._collector()]
        if (written.catalogue, written.sources) != (before.catalogue, before.sources):
            self._processes.stop(["poller"])
            parts += [self._parts.poller()] if written.polls else []
        for part in parts:
            self._processes.start_anew(part)

    def _start_from_broker(self) -> None:
        if self._embeds_broker and not answers_kafka(self._broker_port):
            self._processes.start(self._parts.broker())
        with closing(connect(self.environment.clickhouse.get_secret_value())) as client:
            epoch = open_or_restore(client, self.environment, self._say_restored)
        self.epoch = epoch["epoch"]
        self._processes.start(*self._parts.counting(), *self._parts.sinks())
        self._has_taken = True
        if not self._processes.has("collector"):
            self._processes.start(self._collector())
        if self._written.polls:
            self._processes.start(self._parts.poller())

    def _collector(self) -> Child:
        return self._parts.collector(self._written.keys, has_sources=bool(self._written.sources))

    def _say_restored(self, done: int, of: int) -> None:
        self._say(f"restored {done:,} of {of:,} records")

    def _drain(self, *topics: str) -> str | None:
        """Wait, within a limit, until the sink has committed all of these; return what is wrong where it has not."""
        if not answers_kafka(self._broker_port):
            return f"the broker does not answer: {_LOST}"
        group, partitions = group_of_sinks(self.epoch), self.environment.partitions
        try:
            drain(self.environment.kafka, group, topics, partitions, _DRAIN_SECONDS)
        except NotDrainedError as error:
            return f"{error} after {_DRAIN_SECONDS} s: {_LOST}"
        except KafkaError as error:
            return f"the broker can't be asked what it holds ({type(error).__name__}): {_LOST}"
        return None
