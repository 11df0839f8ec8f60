"""Accepted means safe: reports through two collectors, while Kafka and a collector are killed in the middle."""

import itertools
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import httpx
import pytest

from schemas.report import LetterReport
from schemas.wire import Refusal, decode_report
from tests.brokers import ApacheKafka
from tests.counting import Worker, open_cluster, shown_totals
from tests.histories import recount
from tests.kafka.checks import differences
from tests.kafka.load import log_of
from tests.parts import Part, Parts, make_collector

SENDERS = 6
PAUSE_SECONDS = 0.02
Accepted = dict[str, LetterReport]


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_what_was_accepted_is_counted_once_and_nothing_else(apache_kafka: ApacheKafka, tmp_path: Path) -> None:
    """Retried with the same key until accepted, every report counts once, although broker and collector were killed."""
    open_cluster(apache_kafka.address)
    with closing(Parts()) as parts, ThreadPoolExecutor(SENDERS) as pool:
        collectors = [make_collector(apache_kafka.address, tmp_path / f"collector-{number}") for number in range(2)]
        for part in [*collectors, Worker(apache_kafka.address, tmp_path / "worker")]:
            parts.add(part)
            part.start()
        for collector in collectors:
            collector.wait_until("ready")
        is_over = Event()
        sending = [pool.submit(_send_until, is_over, collectors, number) for number in range(SENDERS)]
        try:
            _break(apache_kafka, collectors, parts)
        finally:
            is_over.set()
        accepted: Accepted = {}
        for sender in sending:
            accepted |= sender.result()
        _check(apache_kafka.address, accepted, parts)


def _break(kafka: ApacheKafka, collectors: Sequence[Part], parts: Parts) -> None:
    parts.keep_running(3)
    collectors[0].send(signal.SIGKILL)
    parts.keep_running(4)
    kafka.kill()
    parts.keep_running(2)
    collectors[1].send(signal.SIGKILL)
    parts.keep_running(2)
    kafka.start()
    for collector in collectors:
        collector.wait_until("ready")
    parts.keep_running(2)
    collectors[0].send(signal.SIGTERM)
    parts.keep_running(3)


def _check(address: str, accepted: Accepted, parts: Parts) -> None:
    assert len(accepted) > 100
    expected = recount(accepted.values())
    deadline = time.monotonic() + 60
    while (found := shown_totals(address, expected, limit_seconds=5)) != expected and time.monotonic() < deadline:
        parts.keep_running(0.5)
    assert differences(expected, found) == []
    for record in log_of(address, len(accepted)):
        report = decode_report(record.key, record.value, record.headers)
        assert not isinstance(report, Refusal)
        sent = accepted[report["report_id"]]
        assert (report["case"], report["country"], report["letters"]) == (
            sent["case"],
            sent["country"],
            sent["letters"],
        )


def _send_until(is_over: Event, collectors: Sequence[Part], number: int) -> Accepted:
    """Report, each submission to one collector after the other until one accepts it; return what was accepted."""
    random = Random(number)
    urls = itertools.cycle(f"http://127.0.0.1:{collector.port}/v1/reports" for collector in collectors)
    accepted: Accepted = {}
    with httpx.Client(timeout=20, trust_env=False) as client:
        for count in itertools.count():
            if is_over.is_set():
                return accepted
            body = _submission(random)
            headers = {"Idempotency-Key": f"sender {number}, submission {count}"}
            told = _send_until_accepted(client, urls, body, headers)
            accepted |= {line["report_id"]: _report(body, line) for line in told}
            time.sleep(PAUSE_SECONDS)  # the pace of the load, not a wait for anything
    raise AssertionError("it counts for ever")


def _send_until_accepted(
    client: httpx.Client, urls: Iterator[str], body: dict[str, Any], headers: dict[str, str]
) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 120
    for url in urls:
        assert time.monotonic() < deadline, "nobody accepts"
        try:
            answer = client.post(url, json=body, headers=headers)
        except httpx.TransportError:
            answer = None  # the collector is dead, or died while it answered
        if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
            told: list[dict[str, Any]] = answer.json()["reports"]
            return told
        assert answer is None or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        time.sleep(0.1)
    raise AssertionError("it goes round for ever")


def _submission(random: Random) -> dict[str, Any]:
    lines = [
        {"case": case, "letters": random.randrange(1, 10)}
        for case in random.sample(("amara", "rosa", "ilya"), random.randrange(1, 4))
    ]
    return {"campaign": "w4r-2026", "country": random.choice(("FR", "PL", "ZZ")), "lines": lines}


def _report(body: dict[str, Any], line: dict[str, Any]) -> LetterReport:
    return {
        "report_id": line["report_id"],
        "revision": 0,
        "withdrawn": False,
        "participant": None,
        "campaign": body["campaign"],
        "case": line["case"],
        "event": None,
        "country": body["country"],
        "channel": "reports",
        "source": "reports",
        "kind": "letter",
        "letters": next(sent["letters"] for sent in body["lines"] if sent["case"] == line["case"]),
        "written_at": None,
        "received_at": 0,
    }
