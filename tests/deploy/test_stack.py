"""The whole of it on one machine, as a newcomer runs it."""

import json
import os
import pty
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.stacks import BODY, TALLY, Up, of_folder, wait_for


def test_a_second_up_goes_on_with_the_same_numbers(data: Path) -> None:
    """After a clean stop nothing is left running, and on the same folder all numbers are as they were, and grow."""
    first = Up(data)
    assert first.post("one") == 202
    assert first.post("one") == 202
    wait_for(lambda: first.world() == 5, 30)
    assert first.stop() == 0
    assert not of_folder(data)
    assert not (data / "addresses.json").exists()
    second = Up(data)
    wait_for(lambda: second.world() == 5, 30)
    assert second.post("two") == 202
    wait_for(lambda: second.world() == 10, 30)
    assert run(second, "reconcile") == 0
    assert second.stop() == 0


def run(up: Up, *command: str) -> int:
    """Return the exit status of a command of `tally` against the engines of an `up`."""
    settings = {"TALLY_KAFKA": up.addresses["kafka"], "TALLY_CLICKHOUSE": up.clickhouse}
    return subprocess.run([*TALLY, *command], check=False, env=os.environ | settings, timeout=90).returncode


def test_commands_work_on_the_embedded_engines(shared: Up) -> None:
    """Topics, tables, restore and reconcile find nothing to do on a stack that runs."""
    for command in (["topics", "create"], ["topics", "check"], ["migrate"], ["restore"], ["reconcile"]):
        assert run(shared, *command) == 0, command


def test_a_folder_has_one_owner(shared: Up) -> None:
    """A second `up` on a folder in use is refused with a sentence, and the first goes on."""
    argv = [*TALLY, "up", "--data", str(shared.data)]
    again = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=30)
    assert again.returncode == 1
    assert "in use" in again.stderr
    assert run(shared, "topics", "check") == 0
    assert (shared.data / "addresses.json").exists()


def test_secrets_are_nobody_elses(shared: Up) -> None:
    """What holds a password is readable by its owner only, and addresses hold none."""
    for file in (shared.data / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (shared.data / "secrets" / "clickhouse_password").read_text() not in json.dumps(shared.addresses)


def test_what_is_killed_or_hangs_is_started_again(data: Path) -> None:
    """A killed count worker, a hanging counter, a killed broker: numbers come back, the broker's from ClickHouse."""
    up = Up(data)
    assert up.post("one") == 202
    wait_for(lambda: up.world() == 5, 30)
    up.part("streams").kill()
    up.part("sinks.counters").suspend()
    assert up.post("two") == 202
    wait_for(lambda: up.world() == 10, 90)
    assert "counters does not answer" in up.said()
    wait_for(lambda: up.stored() == 2, 30)  # what the broker alone has, it would forget
    broker = up.part("broker")
    broker.kill()
    wait_for(lambda: not broker.is_running() and up.post("three") == 202, 120)
    wait_for(lambda: up.world() == 15, 60)
    assert run(up, "reconcile") == 0
    assert up.stop() == 0


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


def test_a_bad_report_is_refused_by_the_stack(shared: Up) -> None:
    """What the collector refuses is never counted."""
    before = shared.world()
    assert shared.post("bad", BODY | {"country": "XX"}) == 422
    assert shared.world() == before
