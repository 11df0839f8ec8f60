"""Runs the naive Faust application on the same Kafka."""

import asyncio
import logging
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import kafka
from kafka.admin import NewTopic

from tests.benchmarks.counting import Say
from tests.benchmarks.log import fill
from tests.benchmarks.naive_faust import CHANGELOGS, TOPIC
from tests.benchmarks.season import season
from tests.counting import PARTITIONS

_LIMIT_SECONDS: Final = 180
_TOPIC_SECONDS: Final = 30


def measure_naive_faust(address: str, folder: Path, size: int, say: Say) -> float:
    """Return the CPU seconds a million reports cost it, from what the first so many of the season cost."""
    say(f"naive Faust: {size:,} records")
    _create_topics(address)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of each partition that is not led yet
    asyncio.run(fill(address, TOPIC, season(size), lambda _: None))
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "tests.benchmarks.naive_faust", address, str(folder), str(size)]
    with (folder / "naive.log").open("wb") as log:
        counted = subprocess.run(argv, stdout=subprocess.PIPE, stderr=log, timeout=_LIMIT_SECONDS, check=True)
    used = dict(line.split() for line in counted.stdout.decode().splitlines())
    return (float(used["last"]) - float(used["first"])) * 1_000_000 / size


def _create_topics(address: str) -> None:
    """Create the topics and wait until the broker leads them: Faust may wait for ever for one that it makes itself."""
    names = [TOPIC, *CHANGELOGS]
    with closing(kafka.KafkaAdminClient(bootstrap_servers=address)) as admin:
        admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
        deadline = time.monotonic() + _TOPIC_SECONDS
        while any(topic["error_code"] for topic in admin.describe_topics(names)):
            if time.monotonic() > deadline:
                raise TimeoutError("the topics of naive Faust are not there")
            time.sleep(0.1)
