"""What one collector takes: our own reports and a platform's webhooks, with Kafka there and with Kafka away."""

import hashlib
import hmac
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

import psutil
import uvloop

from deploy.embedded.probes import answers_http
from deploy.embedded.processes import Child, Processes
from deploy.ports import free_port
from tests.benchmarks.counting import Say
from tests.benchmarks.posting import campaign_text, submissions
from tests.benchmarks.season import CAMPAIGN, CASES, COUNTRIES
from tests.benchmarks.sender import is_accepted, request_of, send

PEAK_RATE: Final = 957
"""Ten times the steepest petition on record, a second."""
BATCH: Final = 50
_SECRET: Final = "a secret of the benchmarks, long enough"  # noqa: S105 (of the benchmarks)
_AT_ONCE: Final = 1e9
Figures = dict[str, Any]


def measure_accepting(address: str, folder: Path, *, posts: int, seconds: float, say: Say) -> Figures:
    """Return the figures of a collector that is alone with the sender, for Kafka at the address and for none."""
    found: Figures = {}
    for name, servers in {"with_kafka": address, "kafka_away": f"127.0.0.1:{free_port()}"}.items():
        with _running(servers, folder / name, say) as (port, collector):
            say(f"accepting, {name}")
            _measure(port, collector, _posts(posts // 4), _AT_ONCE)  # to warm up
            found[f"posts_{name}"] = _highest_and_half(port, collector, _posts, posts, seconds)
            peak = _measure(port, collector, _posts(int(PEAK_RATE * seconds)), PEAK_RATE)
            found[f"posts_{name}"][f"at_{PEAK_RATE}"] = {name: peak[name] for name in ("p99_ms", "most_ms")}
            batches = _highest_and_half(port, collector, _batches, posts // BATCH, seconds)
            found[f"batches_of_{BATCH}_{name}"] = batches | {
                f"reports_{of}": batches[of] * BATCH for of in ("a_second", "a_second_and_core")
            }
    return found


def _highest_and_half(port: int, collector: psutil.Process, make: Any, count: int, seconds: float) -> Figures:  # noqa: ANN401
    """Return what it takes when all comes at once, and how long answers take at half of that rate."""
    highest = _measure(port, collector, make(count), _AT_ONCE)
    rate = highest["a_second"] / 2
    half = _measure(port, collector, make(int(rate * seconds)), rate)
    return {name: highest[name] for name in ("a_second", "a_second_and_core")} | {
        "at_half": {"rate": round(rate), "p99_ms": half["p99_ms"], "most_ms": half["most_ms"]}
    }


def _measure(port: int, collector: psutil.Process, requests: Sequence[bytes], rate: float) -> Figures:
    used = _cpu_seconds(collector)
    sent = uvloop.run(send("127.0.0.1", port, requests, rate))
    used = _cpu_seconds(collector) - used
    refused = [answer for _, answer in sent.answers if not is_accepted(answer)]
    if refused:
        raise RuntimeError(f"{len(refused)} of {len(requests)} were refused: {refused[0]!r}")
    latencies = [sent.moments[number] - due for number, due in enumerate(sent.due)]
    return {
        "a_second": round(len(requests) / (sent.answered_at - sent.due[0])),
        "a_second_and_core": round(len(requests) / used),
        "p99_ms": round(statistics.quantiles(latencies, n=100)[98] * 1000),
        "most_ms": round(max(latencies) * 1000),
    }


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _posts(count: int) -> list[bytes]:
    return [request_of("/v1/reports", {"Idempotency-Key": key}, body) for key, body in submissions(count)]


def _batches(count: int) -> list[bytes]:
    """Return signed deliveries of the generic webhook."""
    random, requests = Random(), []
    for _ in range(count):
        delivery = f"{random.getrandbits(128):032x}"
        body = json.dumps([_report(random, f"{delivery}-{number}") for number in range(BATCH)]).encode()
        now = str(int(time.time()))
        signature = hmac.new(_SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Tally-Timestamp": now, "X-Tally-Signature": f"sha256={signature}"}
        requests.append(request_of("/v1/channels/platform", headers, body))
    return requests


def _report(random: Random, name: str) -> dict[str, Any]:
    said = {"id": name, "case": random.choice(CASES), "letters": random.randint(1, 9)}
    return said | {"country": random.choice(COUNTRIES), "email": f"{name}@example.org"}


@contextmanager
def _running(servers: str, folder: Path, say: Say) -> Iterator[tuple[int, psutil.Process]]:
    """Run a collector and yield its port and its process."""
    folder.mkdir(parents=True)
    folder.mkdir(parents=True, exist_ok=True)
    port, processes = free_port(), Processes(folder, say)
    (folder / "campaign.toml").write_text(campaign_text())
    (folder / "secret").write_text(_SECRET)
    source = ['source = "platform"', 'channel = "generic"', f'campaign = "{CAMPAIGN}"', 'secret_files = ["secret"]']
    (folder / "source.toml").write_text("\n".join(source))
    environment = {
        **os.environ,
        "TALLY_KAFKA": servers,
        "TALLY_CAMPAIGNS": str(folder / "campaign.toml"),
        "TALLY_SOURCES": str(folder / "source.toml"),
        "TALLY_OUTBOX": str(folder / "outbox"),
        "TALLY_PSEUDONYM_KEY": "a key of the benchmarks, long enough for it",
        "TALLY_RECEIPT_KEY": "another key of the benchmarks long enough",
        "TALLY_PORT": str(port),
    }
    ready = f"http://127.0.0.1:{port}/health/ready"
    try:
        command = [sys.executable, "-m", "producers"]
        processes.start(Child("collector", command, environment, partial(answers_http, ready)))
        children = psutil.Process().children(recursive=True)
        leashed = "deploy.embedded.leash"
        yield port, next(c for c in children if c.cmdline()[-2:] == command[-2:] and leashed not in c.cmdline())
    finally:
        processes.stop(["collector"])
