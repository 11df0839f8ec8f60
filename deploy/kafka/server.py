"""Apache Kafka from its Maven jars: one node, data on disk, on loopback."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import kafka
from kafka.errors import KafkaError

from deploy.embedded.leashed import Leashed
from deploy.kafka.settings import write_settings
from deploy.ports import free_port

_POM: Final = Path(__file__).with_name("pom.xml")
_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 30


class KafkaNotAvailableError(Exception):
    """Apache Kafka can't be had or started; the message says what is needed."""


class KafkaServer:
    """A Kafka node that can be killed and started again with its data and its address."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data.absolute()
        self.address = f"127.0.0.1:{port}"
        self._port = port
        self._controller_port = free_port()
        self._process: Leashed | None = None

    def start(self) -> None:
        """Start the node, formatting its storage first where it is new; raises KafkaNotAvailableError."""
        libraries = fetch_jars()
        self.data.mkdir(parents=True, exist_ok=True)
        server, log4j = write_settings(self.data, self._port, self._controller_port)
        if not (self.data / "logs" / "meta.properties").exists():
            _format(libraries, server)
        java = [_need("java"), "-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={log4j}"]
        self._process = Leashed([*java, "-cp", f"{libraries}/*", "kafka.Kafka", str(server)], self.data / "console.log")

    def wait_ready(self) -> None:
        """Return once the node answers a metadata request; raises KafkaNotAvailableError after two minutes."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self.returncode is not None:
                raise KafkaNotAvailableError(f"Kafka ended with status {self.returncode}: see {self.data}/console.log")
            if time.monotonic() > deadline:
                raise KafkaNotAvailableError(f"Kafka does not answer after {_START_SECONDS} s: see {self.data}")
            time.sleep(0.2)

    @property
    def returncode(self) -> int | None:
        """The exit status, or None while it runs."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """End it without warning."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """End it cleanly, or, where it takes too long, without warning."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            with closing(kafka.KafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=5000)) as admin:
                admin.describe_cluster()
        except (OSError, KafkaError):
            return False
        return True


def has_jars() -> bool:
    """Return whether Kafka's jars are there already."""
    return any(_libraries().glob("kafka_*.jar"))


def fetch_jars() -> Path:
    """Return the folder of Kafka's jars; fetches them with Maven the first time."""
    libraries = _libraries()
    if not has_jars():
        print("Fetching Apache Kafka's jars (43 MB, once)", flush=True)  # noqa: T201 (progress for a person)
        libraries.parent.mkdir(parents=True, exist_ok=True)
        # Fetched beside it and renamed once all are there: half of the jars must never look like all of them.
        with TemporaryDirectory(dir=libraries.parent, prefix=f"{libraries.name}.") as beside:
            fetched = Path(beside) / "jars"
            _fetch(fetched)
            try:
                fetched.replace(libraries)
            except OSError as error:
                if not has_jars():  # else somebody else was quicker
                    raise KafkaNotAvailableError(f"{libraries} is in the way of Kafka's jars: {error}") from error
    return libraries


def _fetch(folder: Path) -> None:
    fetch = [_need("mvn"), "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    done = subprocess.run(fetch, check=False, capture_output=True, text=True)  # noqa: S603 (our own command)
    if done.returncode:
        raise KafkaNotAvailableError(f"Maven could not fetch Kafka's jars:\n{done.stdout[-2000:]}")


def _libraries() -> Path:
    return Path(os.environ.get("TALLY_KAFKA_LIBS", "build/kafka/libs")).absolute()


def _format(libraries: Path, server: Path) -> None:
    tool = [_need("java"), "-cp", f"{libraries}/*", "kafka.tools.StorageTool"]
    name = subprocess.run([*tool, "random-uuid"], check=True, capture_output=True, text=True)  # noqa: S603 (ours)
    cluster_id = name.stdout.split()[-1]
    subprocess.run(  # noqa: S603 (our own command)
        [*tool, "format", "-t", cluster_id, "-c", str(server), "--standalone"], check=True, capture_output=True
    )


def _need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise KafkaNotAvailableError(f"{program} is needed to run Apache Kafka: install Java 17 and Maven")
    return found
