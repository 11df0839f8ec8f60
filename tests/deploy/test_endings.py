"""However `tally up` ends, it leaves no process behind."""

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.stacks import TALLY, Up, of_folder, wait_for


def test_kill_minus_nine_leaves_no_process(data: Path) -> None:
    """When `tally up` itself is killed, every part ends with it, and what was stored is there the next time."""
    up = Up(data)
    assert up.post("one") == 202
    wait_for(lambda: up.stored() == 1, 30)
    up.process.kill()
    up.process.wait()
    wait_for(lambda: not of_folder(data), 15)
    again = Up(data)
    wait_for(lambda: again.world() == 5, 30)
    assert again.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_a_stop_that_is_disturbed(data: Path, number: int) -> None:
    """Neither a second Ctrl-C while it stops nor a kill leaves a process behind."""
    up = Up(data)
    up.process.send_signal(signal.SIGINT)
    wait_for(lambda: "Stopping" in up.said(), 10)
    up.process.send_signal(number)
    assert up.process.wait(60) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    wait_for(lambda: not of_folder(data), 15)


def test_a_terminal_shows_how_the_parts_are(data: Path) -> None:
    """In a terminal there is a table of parts with letters counted; when the terminal goes, all stops cleanly."""
    screen, terminal = pty.openpty()
    argv = [*TALLY, "up", "--data", str(data)]
    told = os.environ | {"COLUMNS": "120", "LINES": "40", "TERM": "xterm-256color"}
    up = subprocess.Popen(argv, stdin=terminal, stdout=terminal, stderr=terminal, env=told, start_new_session=True)
    os.close(terminal)
    seen = b""
    while not (b"Letters counted: 0" in seen and b"clickhouse-sink" in seen and b"See them counted" in seen):
        seen += os.read(screen, 65536)
    os.close(screen)
    up.send_signal(signal.SIGHUP)  # what a terminal's end sends to the one that it belongs to
    assert up.wait(60) == 0
    assert not of_folder(data)
    assert not (data / "addresses.json").exists()
