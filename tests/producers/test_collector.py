"""A collector as a process: what a sender is told, and what lies on Kafka."""

import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import httpx
import kafka

from schemas.rejection import Rejection
from schemas.report import LetterReport
from schemas.topics import LETTERS, REJECTED
from schemas.wire import Refusal, decode_rejection, decode_report
from tests.brokers import EmbeddedBroker
from tests.counting import open_cluster
from tests.producers.conftest import CollectorProcess, wait_until_away

LINES = [{"case": "amara", "letters": 5}, {"case": "rosa", "letters": 2}]
BODY = {"campaign": "w4r-2026", "country": "FR", "email": "writer@example.org", "name": "A. Writer", "lines": LINES}


def records(address: str, topic: str, at_least: int) -> list:  # type: ignore[type-arg]
    with closing(
        kafka.KafkaConsumer(
            topic,
            allow_auto_create_topics=False,
            bootstrap_servers=address,
            auto_offset_reset="earliest",
            consumer_timeout_ms=3000,
        )
    ) as consumer:
        deadline = time.monotonic() + 30
        found = list(consumer)
        while len(found) < at_least and time.monotonic() < deadline:
            found += consumer
    assert len(found) >= at_least
    return found


def reports_on(address: str, at_least: int = 1) -> list[LetterReport]:
    decoded = [decode_report(r.key, r.value, r.headers) for r in records(address, LETTERS.name, at_least)]
    assert not any(isinstance(report, Refusal) for report in decoded)
    return decoded  # type: ignore[return-value]


def test_success_means_that_every_line_is_on_kafka(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """A submission of two lines is answered with two reports, which lie on `letters` under the same ids."""
    answer = collector.post("/v1/reports", json=BODY)
    assert answer.status_code == 202
    told = answer.json()["reports"]
    assert [(line["case"], line["letters"]) for line in told] == [("amara", 5), ("rosa", 2)]
    on_kafka = {report["report_id"]: report for report in reports_on(broker.address, 2)}
    assert set(on_kafka) == {line["report_id"] for line in told}
    assert {report["participant"] for report in on_kafka.values()} != {None}


def test_a_double_click_has_the_same_ids(collector: httpx.Client) -> None:
    """Ten deliveries at once with one Idempotency-Key are answered with the same reports."""
    headers = {"Idempotency-Key": "one click"}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: collector.post("/v1/reports", json=BODY, headers=headers).json(), range(10)))
    assert all(answer["reports"] == answers[0]["reports"] for answer in answers)


def test_a_key_used_for_something_else_is_refused(collector: httpx.Client) -> None:
    """A known Idempotency-Key with another body is refused, because it would not be counted."""
    headers = {"Idempotency-Key": "one click"}
    assert collector.post("/v1/reports", json=BODY, headers=headers).status_code == 202
    other = collector.post("/v1/reports", json={**BODY, "country": "PL"}, headers=headers)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")


REFUSED = [
    ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "unreadable", None),
    ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "unreadable", "Content-Type"),
    ({"content": b"x"}, 415, "unreadable", "Content-Type"),
    ({"content": b" " * 70_000, "headers": {"Content-Type": "application/json"}}, 413, "too_large", None),
    ({"content": b"[" * 60_000, "headers": {"Content-Type": "application/json"}}, 400, "unreadable", None),
    ({"json": BODY, "headers": {"Content-Encoding": "gzip"}}, 415, "unreadable", "Content-Encoding"),
    ({"json": {**BODY, "lines": [{"case": "rosa", "letters": 1}] * 51}}, 422, "too_large", "lines"),
    ({"json": BODY, "headers": {"Idempotency-Key": "k" * 256}}, 422, "bad_value", "Idempotency-Key"),
    ({"json": {**BODY, "campaign": "another"}}, 422, "unknown_campaign", "campaign"),
    ({"json": {**BODY, "campaign": "w4r-2099"}}, 422, "campaign_not_open", "campaign"),
    ({"json": {**BODY, "campaign": "w4r-2001"}}, 422, "campaign_over", "campaign"),
    ({"json": {**BODY, "event": "nowhere"}}, 422, "unknown_event", "event"),
    ({"json": {**BODY, "country": "XX"}}, 422, "bad_value", "country"),
    ({"json": {**BODY, "lines": [{"case": "nobody", "letters": 1}]}}, 422, "unknown_case", "lines.0.case"),
    ({"json": {**BODY, "lines": [{"case": "rosa", "letters": -1}]}}, 422, "count_out_of_range", "lines.0.letters"),
    ({"json": {**BODY, "lines": [{"case": "rosa", "letters": 0}]}}, 422, "nothing_to_count", "lines"),
    ({"data": {"campaign": "w4r-2026", "country": "FR", "case": "amara"}}, 422, "missing_field", "lines.0.letters"),
]


def test_what_is_wrong_is_told_and_kept(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """Each refusal is problem+json with field, reason and remedy, lies on `rejected` and is counted."""
    for request, status, reason, field in REFUSED:
        answer = collector.post("/v1/reports", **request)  # type: ignore[arg-type]
        told = answer.json()
        assert (answer.status_code, told["status"], told["reason"], told["field"]) == (status, status, reason, field)
        assert answer.headers["content-type"] == "application/problem+json"
        assert all(told[name] for name in ("type", "title", "detail", "remedy"))
    kept = [decode_rejection(record.value) for record in records(broker.address, REJECTED.name, len(REFUSED))]
    assert Counter(r["reason"] for r in kept) == Counter(reason for _, _, reason, _ in REFUSED)
    assert 'tally_reports_refused_total{reason="campaign_over",stage="collector"} 1.0' in collector.get("/metrics").text


def test_a_refused_report_is_mended_under_its_key(collector: httpx.Client) -> None:
    """A key whose first body was refused counts nothing, so the mended body is taken under the same key."""
    headers = {"Idempotency-Key": "mended"}
    wrong = {**BODY, "country": "fr"}
    assert collector.post("/v1/reports", json=wrong, headers=headers).status_code == 422
    assert collector.post("/v1/reports", json=BODY, headers=headers).status_code == 202


def test_a_test_delivery_is_not_counted(collector: httpx.Client) -> None:
    """A delivery that calls itself a test is answered 200, as JSON and as a form."""
    for request in (
        {"json": {**BODY, "test": True}},
        {"data": {"campaign": "w4r-2026", "country": "FR", "test": "1", "letters[amara]": "5"}},
    ):
        answer = collector.post("/v1/reports", **request)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()) == (200, {"ignored": "test_delivery"})


def test_a_slow_sender_is_let_go(running: CollectorProcess) -> None:
    """A body that does not come is answered 408 and the connection is closed; a sender that hangs up is no error."""
    head = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    port = int(running.url.rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port)).close()
    with socket.create_connection(("127.0.0.1", port)) as gone:
        gone.sendall(head)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(head)
        answer = b"".join(iter(lambda: slow.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"Traceback" not in running.log.read_bytes()


def test_an_endless_head_is_hung_up_on(running: CollectorProcess) -> None:
    """Headers beyond 64 KiB are answered 431 and the connection is closed; the collector goes on."""
    with socket.create_connection(("127.0.0.1", int(running.url.rpartition(":")[2])), timeout=20) as endless:
        endless.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Endless: ")
        told = b""
        with suppress(OSError):  # hung up on while it still sends
            for _ in range(1_000):
                endless.sendall(b"a" * 65_536)
            raise AssertionError("64 MB of headers were taken")
        with suppress(OSError):
            told = endless.recv(12)
    assert told in {b"HTTP/1.1 431", b""}
    assert running.client.get("/health/live").status_code == 200


def test_nothing_personal_leaves_the_collector(collector: httpx.Client, broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Neither address nor name is in any record, metric or log line, also when a report is refused."""
    collector.post("/v1/reports", json=BODY)
    collector.post("/v1/reports", json={**BODY, "campaign": "another"})
    rejected = records(broker.address, REJECTED.name, 1)
    rejections: list[Rejection] = [decode_rejection(record.value) for record in rejected]
    assert [r["reason"] for r in rejections] == ["unknown_campaign"]
    values = [record.value for record in rejected + records(broker.address, LETTERS.name, 2)]
    values += [collector.get("/metrics").content, (tmp_path / "collector.log").read_bytes()]
    assert not any(secret in value for value in values for secret in (b"example.org", b"Writer", b"writer"))


def test_what_is_reported_while_kafka_is_away_is_published_later(
    collector: httpx.Client, broker: EmbeddedBroker
) -> None:
    """Without the broker a report is accepted within the patience of platforms, and published when it is back."""
    assert collector.post("/v1/reports", json=BODY).status_code == 202
    broker.kill()
    away = [collector.post("/v1/reports", json=BODY) for _ in range(10)]
    assert [answer.status_code for answer in away] == [202] * 10
    assert collector.get("/health/ready").status_code == 200
    broker.start()
    open_cluster(broker.address)
    wait_until_away(collector, is_away=False)
    wanted = {report["report_id"] for answer in away for report in answer.json()["reports"]}
    found = {report["report_id"] for report in reports_on(broker.address, len(wanted))}
    assert wanted <= found
