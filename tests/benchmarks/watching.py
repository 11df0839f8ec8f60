"""Measures how many can watch one counter: memory of each, and how soon a frame is with all of them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.kafka.server import KafkaServer
from schemas.tally import Frame, Tally
from schemas.topics import TALLIES
from schemas.wire import HEADERS, encode
from tests.benchmarks.counting import Say
from tests.benchmarks.reads import measure_reads
from tests.counting import make_producer
from tests.sinks.counters.conftest import CAMPAIGN, PARTITIONS, Broker, Counter, wait_until
from tests.sinks.counters.emitter import Emitter, Step, encode_key, states_of

_CORES: Final = sorted(os.sched_getaffinity(0))
_FRAMES_PER_SECOND: Final = 4
_READS: Final = 5_000
_AT_FIRST: Final = 800
"""Records that are counted before it begins: some 400 totals, as in a campaign of 100 countries and 3 cases."""
_MEMBERS_MOVED: Final = 8
"""Countries and cases that a frame changes; some 40 totals, about 4 kB."""


class _ApacheBroker(Broker):
    """Apache Kafka: the embedded broker keeps what it was sent from readers for a fifth of a second."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._server = KafkaServer(folder, self.port)

    def start(self) -> None:
        self._server.start()
        self._server.wait_ready()

    def stop(self) -> None:
        self._server.kill()


def measure_watching(folder: Path, count: int, seconds: float, say: Say) -> dict[str, Any]:
    """Return the figures of one counter on one core, watched from another by one process."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "campaign.toml").write_text(CAMPAIGN)
    broker = _ApacheBroker(folder / "kafka")
    broker.start()
    try:
        broker.open_epoch(1, [0] * PARTITIONS)
        return _measured(broker, folder / "campaign.toml", count, seconds, say)
    finally:
        broker.stop()


def _measured(broker: Broker, campaigns: Path, count: int, seconds: float, say: Say) -> dict[str, Any]:
    states = states_of(_steps(int(_FRAMES_PER_SECOND * seconds * 2 + 400)))
    emitters = [Emitter(states, partition) for partition in range(PARTITIONS)]
    for emitter in emitters:
        broker.write(emitter.emit(_AT_FIRST, is_keyframe=True, as_of=_now_ms()))
    counter = Counter(broker.servers, campaigns)
    try:
        wait_until(counter.is_ready)
        process = psutil.Process(counter.process.pid)
        process.cpu_affinity(_CORES[:1])
        reads = measure_reads(counter.port, process, _READS)
        before = process.memory_info().rss
        say(f"{count} watchers connect")
        watching = _watchers(counter.port, count, seconds)
        began, used = time.monotonic(), sum(process.cpu_times()[:2])
        _emit_while(lambda: watching.poll() is None, broker, emitters)
        share = (sum(process.cpu_times()[:2]) - used) / (time.monotonic() - began)
        seen = json.loads(watching.communicate()[0])
        return {
            "watchers": count,
            "kilobytes_a_watcher": round((process.memory_info().rss - before) / count / 1000, 1),
            "frames_a_second_and_watcher": round(seen["frames"] / count / seconds, 2),
            "frame_delay_ms": {name: seen[name] for name in ("p50_ms", "p99_ms", "most_ms")},
            "counter_core_share": round(share, 2),
            "generator_core_share": seen["busy_share"],
            "reads": reads,
        }
    finally:
        counter.stop()


def _watchers(port: int, count: int, seconds: float) -> "subprocess.Popen[str]":
    """Return the process that watches from the other core, once all its watchers have their snapshot."""
    watching = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.watchers", str(port), str(count), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, _CORES[-1:]),  # noqa: PLW1509 (no threads in this process)
    )
    assert watching.stdout is not None
    assert watching.stdout.readline() == "watching\n"
    return watching


def _emit_while(is_watched: Callable[[], bool], broker: Broker, emitters: list[Emitter]) -> None:
    """Write some frames a second, each of every partition."""
    began = time.monotonic()
    with closing(make_producer(broker.servers)) as sender:
        while is_watched():
            for record in (record for emitter in emitters for record in _frame(emitter)):
                sender.send(TALLIES.name, encode(record), encode_key(record), HEADERS, record["partition"])
            time.sleep(1 / _FRAMES_PER_SECOND - (time.monotonic() - began) % (1 / _FRAMES_PER_SECOND))


def _frame(emitter: Emitter) -> list[Tally | Frame]:
    return emitter.emit(emitter.version + _MEMBERS_MOVED, as_of=_now_ms())


def _steps(count: int) -> list[Step]:
    countries = [first + second for first in "ABCDEFGHIJ" for second in "KLMNOPQRST"]
    return [("w4r-2026", f"case-{n % 3 + 1}", countries[n % 100], 1, 1) for n in range(count * _MEMBERS_MOVED)]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
