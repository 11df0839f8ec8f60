"""Pointing at a Kafka and a ClickHouse that are there already is configuration only."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.kafka.server import KafkaServer, has_jars
from deploy.ports import free_port
from tests.deploy.engines import Server
from tests.stacks import TALLY, Up, end_all_of, make_folder, of_folder, wait_for

SHOWN = "SELECT epoch, letters FROM current_tallies WHERE scope = 'world'"


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[KafkaServer]:
    """Run Apache Kafka; without it the test is skipped, but never in CI."""
    if (shutil.which("java") is None or not (has_jars() or shutil.which("mvn"))) and "CI" not in os.environ:
        pytest.skip("Apache Kafka needs Java 17 and Maven")
    kafka = KafkaServer(tmp_path / "kafka", free_port())
    kafka.start()
    kafka.wait_ready()
    yield kafka
    kafka.kill()


@pytest.fixture
def clickhouse(tmp_path: Path) -> Iterator[Server]:
    """Run a ClickHouse that belongs to somebody else."""
    server = Server(tmp_path)
    yield server
    server.process.kill()
    server.process.wait()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_up_runs_on_a_cluster_that_is_there(kafka: KafkaServer, clickhouse: Server, tmp_path: Path) -> None:
    """On Apache Kafka everything else runs and stops as ever, and the log goes on in its epoch the next time."""
    data = make_folder(tmp_path / "up")
    options = ("--kafka", kafka.address, "--clickhouse", clickhouse.url)
    told = os.environ | {"TALLY_KAFKA": kafka.address, "TALLY_CLICKHOUSE": clickhouse.url}
    try:
        first = Up(data, *options)
        assert first.addresses["kafka"] == kafka.address
        assert "word" not in first.addresses["clickhouse"]
        assert first.post("one") == 202
        wait_for(lambda: first.world() == 5, 60)
        first.part("streams").kill()
        assert first.post("two") == 202
        wait_for(lambda: first.world() == 10, 90)
        assert first.stop() == 0
        assert not of_folder(data)
        kafka.kill()
        kafka.start()
        kafka.wait_ready()
        second = Up(data, *options)
        wait_for(lambda: second.world() == 10, 60)
        assert second.post("three") == 202
        wait_for(lambda: second.world() == 15, 60)
        wait_for(lambda: clickhouse.ask(SHOWN) == [(1, 15)], 60)
        for command in (["topics", "create"], ["topics", "check"], ["migrate"], ["restore"], ["reconcile"]):
            assert subprocess.run([*TALLY, *command], env=told, check=False, timeout=120).returncode == 0, command
        assert second.stop() == 0
    finally:
        end_all_of(data)
