"""What is leashed ends with its owner, whatever ends that one; to whoever asks it looks like the command itself."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.embedded.leashed import Leashed
from tests.stacks import wait_for

_OWNER = """
import sys, threading, time
from pathlib import Path
from deploy.embedded.leashed import Leashed
folder = Path(sys.argv[1])
def start():
    global leashed
    script = f"sleep 1000 & echo $! >> {folder}/pids; echo $$ >> {folder}/pids; wait"
    leashed = Leashed(["sh", "-c", script], folder / "log")
thread = threading.Thread(target=start)  # a thread that ends must not end what it has started
thread.start()
thread.join()
print("started", flush=True)
time.sleep(1000)
"""


def pids(folder: Path) -> list[psutil.Process]:
    """Return the command and its own child once both have said who they are."""
    file = folder / "pids"
    wait_for(lambda: file.exists() and len(file.read_text().split()) == 2, 20)
    return [psutil.Process(int(pid)) for pid in file.read_text().split()]


def have_ended(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def leash_shell(folder: Path, script: str) -> Leashed:
    return Leashed(["sh", "-c", script], folder / "log")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_owner(tmp_path: Path, number: int) -> None:
    """Whichever signal ends the owner, the command and what that has started are gone, and not before."""
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, str(tmp_path)], stdout=subprocess.PIPE)
    started = pids(tmp_path)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"started\n"
    assert not have_ended(started)
    owner.send_signal(number)
    owner.wait(10)
    owner.stdout.close()
    wait_for(lambda: have_ended(started), 10)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody ends a command whose leash alone is killed")
def test_it_ends_with_its_leash(tmp_path: Path) -> None:
    """A command does not run on without the leash that would end it."""
    leashed = leash_shell(tmp_path, f"echo $$ $PPID > {tmp_path}/pids; sleep 1000")
    command, leash = pids(tmp_path)
    leash.kill()
    wait_for(lambda: leashed.poll() is not None and have_ended([command]), 10)


def test_letting_go_ends_all_of_it(tmp_path: Path) -> None:
    """After `kill` neither the command, deaf to signals, nor its child is left."""
    leashed = leash_shell(tmp_path, f"trap '' TERM; sleep 1000 & echo $! $$ > {tmp_path}/pids; wait; sleep 1000")
    started = pids(tmp_path)
    leashed.terminate()
    leashed.kill()
    assert leashed.poll() == 128 + signal.SIGKILL
    wait_for(lambda: have_ended(started), 10)


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_exit_status_is_the_commands(tmp_path: Path, script: str, status: int) -> None:
    """The status of the command is handed on, 128 added to the number of the signal that ended it."""
    assert leash_shell(tmp_path, script).wait(20) == status


def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    """A program that can't be run ends with 127 and a line in the log."""
    assert Leashed(["/nowhere/at all"], tmp_path / "log").wait(20) == 127
    assert "can't be run" in (tmp_path / "log").read_text()


def test_a_wish_to_stop_is_handed_on(tmp_path: Path) -> None:
    """SIGTERM reaches the command, which may take its time to end as it likes."""
    leashed = leash_shell(tmp_path, f"trap 'exit 3' TERM; echo $$ $$ > {tmp_path}/pids; while :; do sleep 0.1; done")
    pids(tmp_path)
    leashed.terminate()
    assert leashed.wait(20) == 3


def test_a_broken_pipe_ends_the_command(tmp_path: Path) -> None:
    """Signals that Python ignores are not ignored by the command."""
    assert leash_shell(tmp_path, "kill -PIPE $$; exit 0").wait(20) == 128 + signal.SIGPIPE
