"""Apache Kafka from Maven jars: got whole or not at all, and gone with whoever runs it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.probes import answers_kafka
from deploy.kafka.server import KafkaNotAvailableError, fetch_jars, has_jars
from deploy.ports import free_port
from tests.stacks import end_all_of, of_folder, wait_for

_MAVEN = """#!/bin/sh
for argument; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done
mkdir -p "$folder" && touch "$folder/kafka_2.13-4.3.1.jar" && eval "$THEN"
"""


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a Maven on the path that fetches one jar and then does what THEN says; return the folder of jars."""
    program = tmp_path / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(_MAVEN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TALLY_KAFKA_LIBS", str(tmp_path / "kafka" / "libs"))
    return tmp_path / "kafka" / "libs"


def test_jars_of_an_interrupted_download_do_not_count(maven: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Maven, or the one who waits for it, is killed in the middle there are no jars; the next time all come."""
    monkeypatch.setenv("THEN", "exit 1")
    with pytest.raises(KafkaNotAvailableError, match="could not fetch"):
        fetch_jars()
    assert not has_jars()
    monkeypatch.setenv("THEN", "kill -9 $PPID")
    killed = subprocess.run([sys.executable, "-m", "deploy.kafka", "--data", str(maven.parent / "data")], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not has_jars()
    monkeypatch.setenv("THEN", "exit 0")
    assert fetch_jars() == maven
    assert has_jars()


@pytest.mark.skipif(
    (shutil.which("java") is None or not (has_jars() or shutil.which("mvn"))) and "CI" not in os.environ,
    reason="Apache Kafka needs Java 17 and Maven",
)
def test_java_ends_with_whoever_runs_it(tmp_path: Path) -> None:
    """Kill -9 of `python -m deploy.kafka` leaves no java behind."""
    port = free_port()
    argv = [sys.executable, "-m", "deploy.kafka", "--data", str(tmp_path / "data"), "--port", str(port)]
    running = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers_kafka(port), 200)
        assert [process for process in of_folder(tmp_path) if process.name() == "java"]
        running.kill()
        running.wait()
        wait_for(lambda: not of_folder(tmp_path), 10)
        assert not answers_kafka(port)
    finally:
        end_all_of(tmp_path)
