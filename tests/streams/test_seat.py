"""What a worker knows of the one that had its state folder before."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from streams.seat import Seat

_TAKE_AND_WAIT = """
import sys
from pathlib import Path
from streams.seat import Seat
seat = Seat(Path(sys.argv[1]) / "seat")
seat.take("member-1")
print("taken", flush=True)
sys.stdin.read()
"""


def test_only_a_dead_worker_is_a_predecessor(tmp_path: Path) -> None:
    """While a worker lives, another one on its folder knows of no predecessor; once it was killed, it is known."""
    argv = [sys.executable, "-c", _TAKE_AND_WAIT, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"taken\n"
        with closing(Seat(tmp_path / "seat")) as beside:
            beside.take("member-2")
            assert beside.predecessor == ""
        first.kill()
    with closing(Seat(tmp_path / "seat")) as after:
        assert after.predecessor == "member-1"
