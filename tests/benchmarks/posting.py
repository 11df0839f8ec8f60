"""How long it takes from the moment a submission is due to be posted to the live event that counts it."""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import kafka
import psutil
import uvloop

from deploy.embedded.processes import Child, Processes
from deploy.ports import free_port
from schemas.topics import LETTERS
from tests.benchmarks.counting import Say
from tests.benchmarks.live import Watcher
from tests.benchmarks.log import ends_of
from tests.benchmarks.screen import Screen, shown_at
from tests.benchmarks.season import CAMPAIGN, CASES, COUNTRIES, EVENTS
from tests.benchmarks.sender import is_accepted, request_of, send
from tests.counting import PARTITIONS

_WARM_UP: Final = 300
_WARM_UP_RATE: Final = 100
_SHOWN_SECONDS: Final = 60
SCREEN: Final = -1
"""Names the figures of the highest rate with a browser, as its screen showed the reports."""
_PARTS: Final = {"collector": "producers", "worker": "streams", "counters": "sinks.counters"}


def measure_posting(
    address: str, folder: Path, state: Path, *, rates: list[int], seconds: float, say: Say
) -> dict[int, dict[str, Any]]:
    """Return the figures of each rate, for a collector, a worker and counters that run with the sender here."""
    with _running(address, folder, state, say) as ports:
        uvloop.run(_measure(address, ports, _WARM_UP_RATE, _WARM_UP))
        measured = {}
        for rate in rates:
            say(f"posting {rate} a second for {seconds:.0f} s")
            measured[rate] = uvloop.run(_measure(address, ports, rate, int(rate * seconds)))
        say(f"posting {rates[-1]} a second for {seconds:.0f} s with a browser looking on")
        count = int(rates[-1] * seconds)
        measured[SCREEN] = uvloop.run(_measure(address, ports, rates[-1], count, has_screen=True))
    return measured


async def _measure(
    address: str, ports: dict[str, int], rate: int, count: int, *, has_screen: bool = False
) -> dict[str, Any]:
    before = ends_of(address, LETTERS.name)
    requests = [request_of("/v1/reports", {"Idempotency-Key": key}, body) for key, body in submissions(count)]
    watcher, screen = Watcher(), Screen()
    await watcher.start("127.0.0.1", ports["counters"], CAMPAIGN)
    if has_screen:
        await screen.start(ports["counters"], CAMPAIGN)
    cpu, began = _cpu_by_part(), time.monotonic()
    sent = await send("127.0.0.1", ports["collector"], requests, rate)
    cores = {part: (seconds - cpu[part]) / (time.monotonic() - began) for part, seconds in _cpu_by_part().items()}
    ends = await asyncio.to_thread(ends_of, address, LETTERS.name)
    await watcher.wait_for(ends, _SHOWN_SECONDS)
    await watcher.stop()
    if has_screen:
        await screen.wait_for(ends, _SHOWN_SECONDS)
    noted = await screen.stop() if has_screen else None
    accepted = [(number, answer) for number, answer in sent.answers if is_accepted(answer)]
    where = _places(address, before, ends)
    places = [where[_report_id(answer)] for _, answer in accepted]
    moments = watcher.shown_at(places) if noted is None else shown_at(noted, places)
    latencies = [shown - sent.due[number] for (number, _), shown in zip(accepted, moments, strict=True)]
    return _figures(latencies, len(accepted) / (sent.answered_at - sent.due[0])) | {
        "rate_asked": rate,
        "posted": count,
        "refused": count - len(accepted),
        "cores": {part: round(used, 2) for part, used in cores.items()},
    }


def _figures(latencies: list[float], rate_reached: float) -> dict[str, Any]:
    hundredths = statistics.quantiles(latencies, n=100)
    return {
        "p50": round(hundredths[49] * 1000),
        "p99": round(hundredths[98] * 1000),
        "most": round(max(latencies) * 1000),
        "rate_reached": round(rate_reached),
    }


def submissions(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield keys and bodies of reports, none like another."""
    random = Random()
    for number in range(count):
        body = {
            "campaign": CAMPAIGN,
            "country": random.choice(COUNTRIES),
            "event": random.choice(EVENTS) if number % 3 == 0 else None,
            "email": f"writer{number}@example.org",
            "lines": [{"case": random.choice(CASES), "letters": random.randint(1, 9)}],
        }
        yield f"{random.getrandbits(128):032x}", json.dumps(body).encode()


def _report_id(answer: bytes) -> str:
    report_id: str = json.loads(answer.partition(b"\r\n\r\n")[2])["reports"][0]["report_id"]
    return report_id


def _places(address: str, begins: dict[int, int], ends: dict[int, int]) -> dict[str, tuple[int, int]]:
    """Return partition and offset of each report that lies between."""
    found = {}
    homes = [kafka.TopicPartition(LETTERS.name, number) for number in range(PARTITIONS)]
    with closing(kafka.KafkaConsumer(bootstrap_servers=address, allow_auto_create_topics=False)) as consumer:
        consumer.assign(homes)
        for home in homes:
            consumer.seek(home, begins[home.partition])
        while any(consumer.position(home) < ends[home.partition] for home in homes):
            for home, records in consumer.poll(timeout_ms=500).items():
                found |= {record.key.decode(): (home.partition, record.offset) for record in records}
    return found


@contextmanager
def _running(address: str, folder: Path, state: Path, say: Say) -> Iterator[dict[str, int]]:
    """Run the parts and yield their ports."""
    ports = {part: free_port() for part in _PARTS}
    campaign = folder / "campaign.toml"
    folder.mkdir(parents=True, exist_ok=True)
    processes = Processes(folder, say)
    campaign.write_text(campaign_text())
    told = {
        "TALLY_KAFKA": address,
        "TALLY_CAMPAIGNS": str(campaign),
        "TALLY_STATE": str(state),
        "TALLY_OUTBOX": str(folder / "outbox"),
        "TALLY_PSEUDONYM_KEY": "a key of the benchmarks, long enough for it",
        "TALLY_RECEIPT_KEY": "another key of the benchmarks long enough",
    }
    try:
        for part, module in _PARTS.items():
            environment = {**os.environ, **told, "TALLY_PORT": str(ports[part])}
            ready = f"http://127.0.0.1:{ports[part]}/health/ready"
            processes.start(Child(part, [sys.executable, "-m", module], environment, lambda url=ready: _answers(url)))
        yield ports
    finally:
        processes.stop(list(_PARTS))


def campaign_text() -> str:
    """Return a campaign that is open whenever this runs."""
    lines = [f'campaign = "{CAMPAIGN}"', 'title = "A benchmark"', 'time_zone = "UTC"', "goal = 1000"]
    lines += ["opens = 2020-01-01T00:00:00", "closes = 2098-01-01T00:00:00", "late_until = 2099-01-01T00:00:00"]
    lines += [f'[[cases]]\ncase = "{case}"\nname = "A"\ncountry = "FR"\nline = "B"' for case in CASES]
    place = 'name = "A"\nplace = "B"\ncountry = "FR"\ndate = 2025-12-10'
    lines += [f'[[events]]\nevent = "{event}"\n{place}' for event in EVENTS]
    return "\n".join(lines)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _cpu_by_part() -> dict[str, float]:
    """Return the CPU seconds that each part, Kafka and the sender have used so far."""
    used = {"sender": time.process_time(), "kafka": 0.0} | dict.fromkeys(_PARTS, 0.0)
    modules = {module: part for part, module in _PARTS.items()} | {"kafka.Kafka": "kafka"}
    for child in psutil.Process().children(recursive=True):
        part = next((modules[word] for word in child.cmdline() if word in modules), None)
        if part is not None:
            times = child.cpu_times()
            used[part] += times.user + times.system
    return used
