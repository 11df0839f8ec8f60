"""The whole of Letter Tally on one machine: engines, collector, count worker, sinks; supervised."""

import fcntl
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import httpx
import kafka
from kafka.errors import KafkaError
from pydantic import SecretStr

from deploy.embedded.broker import broker_argv
from deploy.embedded.processes import Child, Processes
from deploy.restore import open_or_restore
from schemas.environment import Environment
from schemas.migrations import connect, migrate
from schemas.topics import LETTERS

_STOP_ORDER: Final = ("collector", "streams", "counters", "clickhouse-sink")
_DRAIN_SECONDS: Final = 20


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
        self._lock = _lock(self.data)
        self._say = say
        self._processes = Processes(self.data / "logs", say)
        self._embeds_broker, self._embeds_clickhouse = kafka_servers is None, clickhouse is None
        self._ports = {"collector": collector_port or _free_port(), "counters": counters_port or _free_port()}
        self._broker_port, self._clickhouse_port = _free_port(), _free_port()
        self._password = _secret(self.data, "clickhouse_password")
        self.environment = Environment(
            kafka=kafka_servers or f"127.0.0.1:{self._broker_port}",
            clickhouse=SecretStr(
                clickhouse or f"http://tally:{self._password}@127.0.0.1:{self._clickhouse_port}/tally"
            ),
            session_timeout_seconds=6 if self._embeds_broker else 10,
            campaigns=_campaigns(self.data),
            state=self.data / "state",
        )  # type: ignore[call-arg]  # the rest has defaults
        self.epoch = 0

    @property
    def addresses(self) -> dict[str, str]:
        """Where each part can be reached; ClickHouse's password lies in DIR/secrets."""
        clickhouse = self.environment.clickhouse.get_secret_value()
        return {
            "kafka": self.environment.kafka,
            "clickhouse": clickhouse.replace(f":{self._password}@", "@"),
            "collector": f"http://127.0.0.1:{self._ports['collector']}",
            "counters": f"http://127.0.0.1:{self._ports['counters']}",
        }

    def start(self) -> None:
        """Start all in order, what was stored restored first; raises StartError."""
        if self._embeds_clickhouse:
            self._processes.start(self._clickhouse())
        with closing(connect(self.environment.clickhouse.get_secret_value())) as client:
            migrate(client)
        self._start_from_broker()
        (self.data / "addresses.json").write_text(json.dumps(self.addresses, indent=2) + "\n")

    def watch_once(self) -> None:
        """Restart what has ended; a broker that ended has forgotten all, so the log is restored under a new epoch."""
        if "broker" in self._processes.ended():
            self._say("the broker ended: restoring its log from ClickHouse under a new epoch")
            self._processes.stop([*_STOP_ORDER, "broker"])
            self._start_from_broker()
        self._processes.restart_due()

    def stop(self) -> None:
        """Stop collectors first and sinks last, once ClickHouse has what the broker would forget."""
        self._processes.stop(["collector"])
        if self._embeds_broker:
            self._drain()
        self._processes.stop([*_STOP_ORDER, "broker", "clickhouse"])

    def _start_from_broker(self) -> None:
        if self._embeds_broker:
            self._processes.start(self._broker())
        with closing(connect(self.environment.clickhouse.get_secret_value())) as client:
            epoch = open_or_restore(client, self.environment, self._say_restored)
        self.epoch = epoch["epoch"]
        for child in (
            self._part("clickhouse-sink", "sinks.clickhouse", _free_port()),
            self._part("streams", "streams", _free_port()),
            self._part("counters", "sinks.counters", self._ports["counters"]),
            self._part("collector", "producers", self._ports["collector"]),
        ):
            self._processes.start(child)

    def _say_restored(self, done: int, of: int) -> None:
        self._say(f"restored {done:,} of {of:,} reports")

    def _broker(self) -> Child:
        port = self._broker_port
        return Child("broker", broker_argv(port), os.environ, lambda: _is_open(port))

    def _clickhouse(self) -> Child:
        port = self._clickhouse_port
        argv = [sys.executable, "-m", "deploy.embedded.clickhouse"]
        argv += ["--data", str(self.data / "clickhouse"), "--port", str(port)]
        environment = {**os.environ, "TALLY_CLICKHOUSE_PASSWORD": self._password}
        return Child("clickhouse", argv, environment, lambda: _answers(f"http://127.0.0.1:{port}/ping"))

    def _part(self, name: str, module: str, port: int) -> Child:
        settings = {
            "TALLY_KAFKA": self.environment.kafka,
            "TALLY_CLICKHOUSE": self.environment.clickhouse.get_secret_value(),
            "TALLY_SESSION_TIMEOUT_SECONDS": str(self.environment.session_timeout_seconds),
            "TALLY_CAMPAIGNS": str(self.environment.campaigns),
            "TALLY_STATE": str(self.environment.state),
            "TALLY_PSEUDONYM_KEY": _secret(self.data, "pseudonym_key"),
            "TALLY_PORT": str(port),
        }
        ready = f"http://127.0.0.1:{port}/health/ready"
        return Child(name, [sys.executable, "-m", module], {**os.environ, **settings}, lambda: _answers(ready))

    def _drain(self) -> None:
        """Wait, within a limit, until the sink has committed all of `letters`."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        group = f"clickhouse-{self.epoch}"
        homes = [kafka.TopicPartition(LETTERS.name, number) for number in range(self.environment.partitions)]
        try:
            with closing(
                kafka.KafkaConsumer(
                    allow_auto_create_topics=False,
                    bootstrap_servers=self.environment.kafka,
                    group_id=group,
                    enable_auto_commit=False,
                )
            ) as reader:
                ends = reader.end_offsets(homes)
                while any((reader.committed(home) or 0) < ends[home] for home in homes):
                    if time.monotonic() > deadline:
                        self._say("ClickHouse does not have all of it yet: what only the broker held will be lost")
                        return
                    time.sleep(0.1)
        except KafkaError as error:
            self._say(f"the broker can't be asked what it still holds ({type(error).__name__})")


def _lock(data: Path) -> Any:  # noqa: ANN401 (an open file, held for its lock)
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        sys.exit(f"{data} is in use by another `tally up`: stop that one first, or choose another folder")
    return lock


def _secret(data: Path, name: str) -> str:
    """Return a secret of this folder, made the first time."""
    file = data / "secrets" / name
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text()


def _campaigns(data: Path) -> Path:
    """Return the folder of campaigns, with the example in it where there is none yet."""
    folder = data / "campaigns"
    folder.mkdir(exist_ok=True)
    if not any(folder.glob("*.toml")):
        (folder / "campaign.toml").write_text(files("deploy.demo").joinpath("campaign.toml").read_text("utf-8"))
    return folder


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    return port


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success  # no proxy has a part in loopback
    except httpx.TransportError:
        return False
