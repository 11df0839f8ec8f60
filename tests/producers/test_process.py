"""A collector among processes that die: how it starts, stops, and goes on when Kafka does not."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from deploy.ports import free_port
from tests.brokers import EmbeddedBroker
from tests.counting import open_cluster
from tests.producers.conftest import CollectorProcess, collecting, wait_until_away, wait_until_ready
from tests.producers.test_collector import BODY, reports_on

KEY = "a key of the tests, long enough for it"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"TALLY_PSEUDONYM_KEY": KEY, "TALLY_CAMPAIGNS": "nowhere.toml"}, "TALLY_CAMPAIGNS"),
        ({"TALLY_PSEUDONYM_KEY": "short"}, "TALLY_PSEUDONYM_KEY"),
        ({}, "TALLY_PSEUDONYM_KEY"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(campaigns: Path, settings: dict[str, str], says: str) -> None:
    """Without catalogue or key a collector does not start, and says which in one line without the value."""
    environment = {**os.environ, "TALLY_CAMPAIGNS": str(campaigns), **settings}
    ended = subprocess.run(
        [sys.executable, "-m", "producers"], env=environment, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert says in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr
    assert b"short" not in ended.stderr.replace(b"shorter", b"")


def test_wrong_topics_stop_it_with_a_sentence(broker: EmbeddedBroker, campaigns: Path) -> None:
    """A collector that is told of another number of partitions than there are does not start."""
    settings = {"TALLY_KAFKA": broker.address, "TALLY_CAMPAIGNS": str(campaigns), "TALLY_PARTITIONS": "3"}
    environment = {**os.environ, **settings, "TALLY_PSEUDONYM_KEY": KEY, "TALLY_RECEIPT_KEY": "k" * 32}
    ended = subprocess.run(
        [sys.executable, "-m", "producers"], env=environment, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert b"TALLY_PARTITIONS=8" in ended.stderr


def test_it_starts_without_kafka_and_says_so(campaigns: Path, tmp_path: Path) -> None:
    """While Kafka is away a collector starts, accepts, and says beside its readiness what is wrong."""
    running = CollectorProcess(f"127.0.0.1:{free_port()}", campaigns, tmp_path)
    try:
        wait_until_ready(running.client, has_kafka=False)
        assert running.client.post("/v1/reports", json=BODY).status_code == 202
        assert "Kafka" in running.client.get("/health/ready").json()["kafka"]
        assert "not been read" in running.client.get("/health/ready").json()["events"]
        away = running.client.post("/v1/reports", json=BODY | {"event": "nobody-can-tell"})
        assert (away.status_code, away.headers["retry-after"]) == (503, "2")
    finally:
        running.stop()
    assert b"reports stay in the outbox" in running.log.read_bytes()


def test_an_outage_is_noticed_without_traffic(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """A collector that nobody reports to says within seconds that Kafka is away, and within seconds that it is back."""
    broker.kill()
    wait_until_away(collector)
    broker.start()
    open_cluster(broker.address)
    wait_until_away(collector, is_away=False)


@pytest.mark.timeout(120)
def test_a_full_outbox_refuses_and_goes_on_once_it_is_empty(
    broker: EmbeddedBroker, campaigns: Path, tmp_path: Path
) -> None:
    """Without Kafka and without room the answer is 503 with the key to retry with; with Kafka again all is accepted."""
    with collecting(broker.address, campaigns, tmp_path, {"TALLY_OUTBOX_MOST_BYTES": str(1 << 20)}) as running:
        broker.kill()
        wait_until_away(running.client)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: running.client.post("/v1/reports", json=BODY), range(1_500)))
        assert {answer.status_code for answer in answers} == {202, 503}
        refused = answers[-1]
        assert int(refused.headers["retry-after"]) > 0
        assert running.client.get("/health/ready").status_code == 503
        assert "full" in running.client.get("/health/ready").json()["acceptance"]
        broker.start()
        open_cluster(broker.address)
        wait_until_ready(running.client)
        key = {"Idempotency-Key": refused.json()["idempotency_key"]}
        again = running.client.post("/v1/reports", json=BODY, headers=key)
        assert again.status_code == 202
        told = [answer.json() for answer in [*answers, again] if answer.status_code == 202]
        wanted = {report["report_id"] for accepted in told for report in accepted["reports"]}
        assert wanted <= {report["report_id"] for report in reports_on(broker.address, len(wanted))}


def test_two_collectors_can_not_share_an_outbox(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """A collector that is given another one's outbox does not start, and says what to do."""
    second = CollectorProcess(broker.address, running.campaigns, running.log.parent)
    second.client.close()
    assert second.process.wait(60) == 1
    assert "give each a folder of its own" in running.log.read_text()


def test_an_outage_under_load_is_not_heard_of(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """While the broker dies and returns, senders hear 202 and nothing else."""
    until = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        senders = [pool.submit(_report_steadily, running.url, until) for _ in range(8)]
        try:
            time.sleep(1)  # some load before the fault
            broker.kill()
            wait_until_away(running.client)
            broker.start()
            open_cluster(broker.address)
            wait_until_away(running.client, is_away=False)
        finally:
            until.set()
        statuses = Counter(status for sender in senders for status, _ in sender.result())
    assert set(statuses) == {202}
    assert running.client.post("/v1/reports", json=BODY).status_code == 202
    assert b"Traceback" not in running.log.read_bytes()


def test_a_stop_loses_no_answer(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """Stopped under load, a collector ends well within seconds, and what it said yes to lies on Kafka."""
    until = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        senders = [pool.submit(_report_steadily, running.url, until) for _ in range(4)]
        time.sleep(1)  # some load before the stop
        began = time.monotonic()
        running.process.terminate()
        assert running.process.wait(20) == 0
        assert time.monotonic() - began < 10
        until.set()
        answers = [answer for sender in senders for answer in sender.result()]
    assert {status for status, _ in answers} == {202}
    accepted = {report_id for _, report_ids in answers for report_id in report_ids}
    on_kafka = {report["report_id"] for report in reports_on(broker.address, len(accepted))}
    assert accepted <= on_kafka


def _report_steadily(url: str, until: threading.Event) -> list[tuple[int, list[str]]]:
    """Report until told to stop or nobody listens; return each status with the ids that were accepted."""
    answers: list[tuple[int, list[str]]] = []
    with httpx.Client(base_url=url, timeout=20, trust_env=False) as client:
        while not until.is_set():
            try:
                answer = client.post("/v1/reports", json=BODY)
            except httpx.TransportError:
                return answers
            answers.append((answer.status_code, [r["report_id"] for r in answer.json().get("reports", [])]))
            time.sleep(0.02)  # a small load on a shared machine
    return answers
