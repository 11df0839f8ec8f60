"""What holds while `tally up` runs; one stack for all of these, which leave it as they found it."""

import json
import stat
import subprocess
from pathlib import Path

from tests.stacks import BODY, TALLY, Up


def test_commands_work_on_the_embedded_engines(shared: Up) -> None:
    """Topics, tables, restore and reconcile find nothing to do on a stack that runs."""
    for command in (["topics", "create"], ["topics", "check"], ["migrate"], ["restore"], ["reconcile"]):
        assert shared.run(*command) == 0, command


def test_a_port_in_use_is_named(shared: Up, tmp_path: Path) -> None:
    """A second stack on the port of another is refused with a sentence: its senders would report to the wrong one."""
    port = shared.addresses["collector"].rpartition(":")[2]
    argv = [*TALLY, "up", "--data", str(tmp_path / "other"), "--collector-port", port]
    other = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)
    assert other.returncode == 1
    assert f"port {port} is in use" in other.stderr


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    """Data can't lie in a file: one sentence, and no traceback."""
    (tmp_path / "file").write_text("")
    argv = [*TALLY, "up", "--data", str(tmp_path / "file")]
    run = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1
    assert run.stderr.startswith("--data: ")
    assert "Traceback" not in run.stderr


def test_a_folder_has_one_owner(shared: Up) -> None:
    """A second `up` on a folder in use is refused with a sentence, and the first goes on."""
    argv = [*TALLY, "up", "--data", str(shared.data)]
    again = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=30)
    assert again.returncode == 1
    assert "in use" in again.stderr
    assert shared.run("topics", "check") == 0
    assert (shared.data / "addresses.json").exists()


def test_secrets_are_nobody_elses(shared: Up) -> None:
    """What holds a password is readable by its owner only, and addresses hold none."""
    for file in (shared.data / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (shared.data / "secrets" / "clickhouse_password").read_text() not in json.dumps(shared.addresses)


def test_a_bad_report_is_refused_by_the_stack(shared: Up) -> None:
    """What the collector refuses is never counted."""
    before = shared.world()
    assert shared.post("bad", BODY | {"country": "XX"}) == 422
    assert shared.world() == before
