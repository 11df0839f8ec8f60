"""What a group's leader does with what it knows of the cluster."""

import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.protocol.metadata import MetadataResponse_v0 as MetadataResponse

from schemas.environment import Environment
from schemas.topics import LETTERS
from streams.app import CountApp, make_app

SCRIPT = """
import pathlib, sys
from schemas.operations import set_up_logs
from tests.streams.test_assignor import leader_takes
set_up_logs("json")
leader_takes(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
"""


def _app(state: Path) -> CountApp:
    environment = Environment(partitions=8, state=state)  # type: ignore[call-arg]  # the rest has defaults
    return make_app(environment, {"epoch": 1, "log_id": "a-log", "opened_at": 1, "complete_at": [0] * 8})


def leader_takes(state: Path, partitions: int) -> list[int]:
    """Return what a leader with no other members takes from a cluster that tells of so many partitions."""
    cluster = ClusterMetadata()
    topics = [(0, LETTERS.name, [(0, number, 1, [1], [1]) for number in range(partitions)])]
    cluster.update_metadata(MetadataResponse([(1, "127.0.0.1", 9092)], topics))
    app = _app(state)
    assignor = app.assignor
    assignment = assignor.assign(cluster, {"me": assignor.metadata({LETTERS.name})})["me"]
    app.seat.close()
    return sorted(number for _, numbers in assignment.assignment for number in numbers)


def test_a_leader_takes_all_partitions_where_it_is_alone(tmp_path: Path) -> None:
    """A worker without others is assigned every partition of the log."""
    assert leader_takes(tmp_path, 8) == list(range(8))


@pytest.mark.parametrize("partitions", [0, 7])
def test_a_leader_that_does_not_see_all_partitions_ends(tmp_path: Path, partitions: int) -> None:
    """A leader whose cluster lacks partitions ends with status 70 instead of leaving them to nobody."""
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(partitions)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 70, done.stderr
    assert f"seems to have {partitions} partitions of letters, 8 expected" in done.stderr
