"""What it costs one worker to count a log, with everything on, and how soon it is back after kill -9."""

import asyncio
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import kafka
import psutil

from deploy.ports import free_port
from schemas.tally import Frame
from schemas.topics import LETTERS, TALLIES
from schemas.wire import decode_tally
from streams.fold import Sums
from tests.benchmarks.log import ends_of, fill
from tests.benchmarks.season import season
from tests.counting import PARTITIONS, Worker, shown_totals
from tests.histories import recount

_LIMIT_SECONDS = 240
_MIB = 1 << 20
_FIFTH = 5

Say = Callable[[str], None]


class WrongCountError(Exception):
    """The totals are not those of a plain recount: no figure of such a run means anything."""


@dataclass
class Run:
    """One run of the worker from its start to the last record counted."""

    started_seconds: float
    """From the start of the process until it has its partitions."""
    counting_seconds: float
    """From there to the emission that covers the last record."""
    cpu_seconds: float
    """User and system time of the worker in that while."""
    resident_at_a_fifth: int
    resident: int


def measure_counting(address: str, folder: Path, size: int, say: Say) -> dict[str, Any]:
    """Fill the log with a season, count it, kill the worker twice, and return the figures; raises WrongCountError."""
    asyncio.run(fill(address, LETTERS.name, season(size), lambda done: say(f"log: {done:,} of {size:,} records")))
    say("recounting plainly, to know what is right")
    expected = recount(season(size))
    worker = _BenchWorker(address, folder)
    try:
        first = worker.run(say)
        _check(address, expected)
        worker.end()
        with_state = worker.run(say)
        worker.end()
        disk = sum(file.stat().st_size for file in (folder / "state").rglob("*") if file.is_file())
        shutil.rmtree(folder / "state")
        without_state = worker.run(say)
        _check(address, expected)
    finally:
        worker.end()
    return {
        "reports": size,
        "cpu_seconds_per_million": round(first.cpu_seconds * 1_000_000 / size, 2),
        "letters_per_second": round(size / first.counting_seconds),
        "resident_mb": round(first.resident / _MIB, 1),
        "resident_at_a_fifth_mb": round(first.resident_at_a_fifth / _MIB, 1),
        "start_seconds": round(first.started_seconds, 2),
        "restart_seconds": round(with_state.started_seconds + with_state.counting_seconds, 2),
        "restart_without_state_seconds": round(without_state.started_seconds + without_state.counting_seconds, 2),
        "disk_mb": round(disk / _MIB, 1),
    }


def _check(address: str, expected: Sums) -> None:
    shown = shown_totals(address, expected, limit_seconds=30)
    if shown != expected:
        differ = sorted(key for key in shown.keys() | expected.keys() if shown.get(key) != expected.get(key))
        raise WrongCountError(f"{len(differ)} totals are not those of a recount, the first {differ[:3]}")


class _BenchWorker(Worker):
    def __init__(self, address: str, folder: Path) -> None:
        self._port = free_port()
        settings = {"TALLY_PORT": str(self._port), "TALLY_KEYFRAME_INTERVAL_SECONDS": "60"}
        super().__init__(address, folder, settings)
        self._address = address

    def run(self, say: Say) -> Run:
        """Start it and return once all that lies on the log is counted and emitted."""
        ends = ends_of(self._address, LETTERS.name)
        whole = sum(ends.values())
        with closing(_Frames(self._address)) as frames:
            begin = time.monotonic()
            self.start()
            assert self.process is not None
            process = psutil.Process(self.process.pid)
            self._wait_assigned(begin)
            started, cpu, resident_at_a_fifth = time.monotonic(), _cpu(process), 0
            while any(frames.versions[home] < end for home, end in ends.items()):
                frames.read()
                counted = sum(max(version, 0) for version in frames.versions)
                say(f"counted {counted:,} of {whole:,}, {process.memory_info().rss / _MIB:.0f} MiB resident")
                if not resident_at_a_fifth and counted * _FIFTH >= whole:
                    resident_at_a_fifth = process.memory_info().rss
                self._check_runs(begin)
            ended = time.monotonic()
            return Run(
                started_seconds=started - begin,
                counting_seconds=ended - started,
                cpu_seconds=_cpu(process) - cpu,
                resident_at_a_fifth=resident_at_a_fifth,
                resident=process.memory_info().rss,
            )

    def _wait_assigned(self, begin: float) -> None:
        while True:
            self._check_runs(begin)
            try:
                if httpx.get(f"http://127.0.0.1:{self._port}/health/ready", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            time.sleep(0.02)

    def _check_runs(self, begin: float) -> None:
        if time.monotonic() - begin > _LIMIT_SECONDS:
            raise TimeoutError(f"not counted within {_LIMIT_SECONDS} s: see {self.folder}/worker.log")
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError(f"the worker ended with status {self.process.poll()}: see {self.folder}/worker.log")


class _Frames:
    """Follows the frames of `tallies` from now on: how many records of each partition are counted and emitted."""

    def __init__(self, address: str) -> None:
        homes = [kafka.TopicPartition(TALLIES.name, number) for number in range(PARTITIONS)]
        self._consumer = kafka.KafkaConsumer(
            bootstrap_servers=address, enable_auto_commit=False, allow_auto_create_topics=False, max_poll_records=5_000
        )
        self._consumer.assign(homes)
        for home, end in self._consumer.end_offsets(homes).items():
            self._consumer.seek(home, end)
        self.versions = [-1] * PARTITIONS

    def read(self) -> None:
        for records in self._consumer.poll(timeout_ms=100).values():
            for record in records:
                if record.key.startswith(b"frame/"):
                    frame: Frame = decode_tally(record.key, record.value)  # type: ignore[assignment]
                    self.versions[frame["partition"]] = frame["version"]

    def close(self) -> None:
        self._consumer.close()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
