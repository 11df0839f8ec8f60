"""A supervisor that can't be fooled: by what never becomes ready, by what hangs, by what closes its port."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy.embedded.probes import answers_http
from deploy.embedded.processes import Child, Patience, Processes, Report, StartError
from deploy.ports import free_port

_SERVER = """
import http.server, os, pathlib, sys, time
folder, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
(folder / "pid").write_text(str(os.getpid()))
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        well = not (folder / ("unready" if self.path == "/ready" else "unwell")).exists()
        self.send_response(200 if well else 503)
        self.end_headers()
        if (folder / "close").exists():
            (folder / "close").unlink()
            server.socket.close()
            time.sleep(1000)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", port), Answer)
server.serve_forever()
"""


class Supervised:
    """One small server under supervision with little patience."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.port = free_port()
        address = f"http://127.0.0.1:{self.port}"
        argv = [sys.executable, "-c", _SERVER, str(folder), str(self.port)]
        ready, live = partial(answers_http, f"{address}/ready"), partial(answers_http, f"{address}/live")
        self.child = Child("server", argv, os.environ, ready, live, address)
        self.processes = Processes(folder / "logs", self.said.append, Patience(start_seconds=4, silence_seconds=2))

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    @property
    def report(self) -> Report:
        return self.processes.report()[0]

    def watch_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 40
        while not is_so():
            assert time.monotonic() < deadline, self.said
            self.processes.watch()
            self.processes.restart_due()
            time.sleep(0.05)

    def is_ready_again(self) -> bool:
        return self.report.state == "ready" and self.report.restarts > 0


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    supervised = Supervised(tmp_path)
    yield supervised
    supervised.processes.stop(["server"])


def test_what_ends_is_started_again(supervised: Supervised) -> None:
    """A killed process is said to have ended, with its status, and runs again."""
    supervised.processes.start(supervised.child)
    os.kill(supervised.pid, signal.SIGKILL)
    supervised.watch_until(supervised.is_ready_again)
    assert "server ended with status 137: it said nothing; starting it again in 0.4 s" in supervised.said
    assert supervised.said[-1] == "server is ready again"


def test_what_hangs_is_started_again(supervised: Supervised) -> None:
    """A stopped process, whose port is open and never answers, is silent, then killed and started again."""
    supervised.processes.start(supervised.child)
    hanging = psutil.Process(supervised.pid)
    hanging.suspend()
    supervised.watch_until(lambda: supervised.report.state == "silent")
    supervised.watch_until(supervised.is_ready_again)
    assert any("server does not answer for 2 s and is killed" in line for line in supervised.said)
    assert not hanging.is_running()


def test_what_is_unwell_for_long_is_started_again(supervised: Supervised) -> None:
    """A process that answers, for long, that it is not live is started again."""
    supervised.processes.start(supervised.child)
    (supervised.folder / "unwell").touch()
    supervised.watch_until(lambda: supervised.report.restarts > 0)
    (supervised.folder / "unwell").unlink()
    supervised.watch_until(supervised.is_ready_again)


def test_what_closes_its_port_is_started_again(supervised: Supervised) -> None:
    """A process that runs on with its port closed is started again."""
    supervised.processes.start(supervised.child)
    (supervised.folder / "close").touch()
    supervised.watch_until(supervised.is_ready_again)
    with socket.create_connection(("127.0.0.1", supervised.port), 5):
        assert supervised.report.restarts == 1


def test_what_never_becomes_ready_is_started_again(supervised: Supervised) -> None:
    """A restarted process that runs and does not become ready is killed, and started again until one does."""
    supervised.processes.start(supervised.child)
    (supervised.folder / "unready").touch()
    os.kill(supervised.pid, signal.SIGKILL)
    supervised.watch_until(lambda: supervised.report.restarts > 1)
    assert any("server has not become ready for 4 s and is killed" in line for line in supervised.said)
    (supervised.folder / "unready").unlink()
    supervised.watch_until(supervised.is_ready_again)


def test_a_moment_of_silence_is_forgiven(supervised: Supervised) -> None:
    """A process that answers again before patience ends goes on as it was."""
    supervised.processes.start(supervised.child)
    first = supervised.pid
    (supervised.folder / "unwell").touch()
    supervised.watch_until(lambda: supervised.report.state == "silent")
    (supervised.folder / "unwell").unlink()
    supervised.watch_until(lambda: supervised.report.state == "ready")
    assert supervised.pid == first
    assert supervised.report.restarts == 0


def test_what_does_not_start_is_said_with_its_last_words(supervised: Supervised) -> None:
    """A first start that fails ends in an error that holds the end of the log."""
    child = Child("server", ["sh", "-c", "echo no such luck; exit 1"], os.environ, lambda: False)
    with pytest.raises(StartError, match="no such luck"):
        supervised.processes.start(child)


def test_what_ends_by_itself_says_why_and_nothing_of_earlier_runs(supervised: Supervised) -> None:
    """Each time it fails its last words are told, which were said in this run; a first start tells nothing older."""
    log = supervised.folder / "logs" / "server.log"
    log.parent.mkdir()
    log.write_text("a word of yesterday\n")
    argv = ["sh", "-c", f'test -e "{supervised.folder}/bad" && echo [/case] of run $$ && exit 1; exec "$@"', "sh"]
    child = replace(supervised.child, argv=[*argv, *supervised.child.argv])
    (supervised.folder / "bad").touch()
    with pytest.raises(StartError, match=r"server did not start: \[/case\] of run \d+$"):
        supervised.processes.start(child)
    (supervised.folder / "bad").unlink()
    supervised.processes.start(child)
    (supervised.folder / "bad").touch()
    os.kill(supervised.pid, signal.SIGKILL)
    supervised.watch_until(lambda: sum("ended with status 1:" in line for line in supervised.said) > 1)
    said = [line for line in supervised.said if "ended with status 1:" in line]
    assert all(line.count("of run") == 1 and "server ended with status 1: [/case]" in line for line in said)
    (supervised.folder / "bad").unlink()
    supervised.watch_until(supervised.is_ready_again)


def test_whose_log_is_gone_is_started_again(supervised: Supervised) -> None:
    """A log, or the folder of logs, that somebody has deleted does not keep a process from its restart."""
    supervised.processes.start(supervised.child)
    shutil.rmtree(supervised.folder / "logs")
    os.kill(supervised.pid, signal.SIGKILL)
    supervised.watch_until(supervised.is_ready_again)
    assert "server ended with status 137: its log is gone; starting it again in 0.4 s" in supervised.said
    assert (supervised.folder / "logs" / "server.log").exists()


def test_of_a_long_log_the_end_is_told(supervised: Supervised) -> None:
    """A process that has said a lot on one line is quoted by no more than the last 8 KiB of it."""
    said = "print('x' * 100_000 + 'last', end=''); raise SystemExit(1)"
    child = Child("server", [sys.executable, "-c", said], os.environ, lambda: False)
    with pytest.raises(StartError, match=r"server did not start: x{8188}last$"):
        supervised.processes.start(child)
