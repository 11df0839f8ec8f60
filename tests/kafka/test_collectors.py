"""Accepted means safe: reports through two collectors, while Kafka is away for a minute and both are killed."""

import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from schemas.wire import Refusal, decode_report
from tests.brokers import ApacheKafka
from tests.counting import Worker, open_cluster, shown_totals
from tests.histories import recount
from tests.kafka.checks import differences
from tests.kafka.load import log_of
from tests.kafka.senders import SOURCE, Accepted, Sender
from tests.parts import Part, Parts, make_collector
from tests.producers.proofs import SECRET

SENDERS = 6
AWAY_SECONDS = 60


@pytest.mark.chaos
@pytest.mark.timeout(400)
def test_what_was_accepted_is_counted_once_and_nothing_else(apache_kafka: ApacheKafka, tmp_path: Path) -> None:
    """Every report that was accepted counts once, although Kafka was away for a minute and collectors were killed.

    No collector that was there refused any of them.
    """
    open_cluster(apache_kafka.address)
    sources = _sources(tmp_path / "sources")
    with closing(Parts()) as parts, ThreadPoolExecutor(SENDERS) as pool:
        collectors = [
            make_collector(apache_kafka.address, tmp_path / f"collector-{number}", {"TALLY_SOURCES": str(sources)})
            for number in range(2)
        ]
        for part in [*collectors, Worker(apache_kafka.address, tmp_path / "worker")]:
            parts.add(part)
            part.start()
        for collector in collectors:
            collector.wait_until("ready")
        is_over = Event()
        senders = [Sender(number, collectors) for number in range(SENDERS)]
        sending = [pool.submit(sender.send_until, is_over) for sender in senders]
        try:
            _break(apache_kafka, collectors, parts)
        finally:
            is_over.set()
        accepted: Accepted = {}
        for sender, sent in zip(senders, sending, strict=True):
            sent.result()
            accepted |= sender.accepted
        print("slowest answers, seconds:", [round(sender.slowest_seconds, 2) for sender in senders])  # noqa: T201 (for who asks)
        _check(apache_kafka.address, accepted, parts)


def _sources(folder: Path) -> Path:
    folder.mkdir()
    (folder / "secret").write_text(SECRET)
    lines = [f'source = "{SOURCE}"', 'channel = "generic"', 'campaign = "w4r-2026"', 'secret_files = ["secret"]']
    (folder / "generic.toml").write_text("\n".join(lines) + "\n")
    return folder


def _break(kafka: ApacheKafka, collectors: Sequence[Part], parts: Parts) -> None:
    """Kill a collector before Kafka goes, both while it is away, and one as it comes back."""
    parts.keep_running(3)
    collectors[0].send(signal.SIGKILL)
    parts.keep_running(4)
    kafka.kill()
    parts.keep_running(AWAY_SECONDS / 3)
    collectors[1].send(signal.SIGKILL)
    parts.keep_running(AWAY_SECONDS / 3)
    collectors[0].send(signal.SIGKILL)
    parts.keep_running(AWAY_SECONDS / 3)
    kafka.start()
    parts.keep_running(1)
    collectors[1].send(signal.SIGKILL)
    parts.keep_running(4)
    collectors[0].send(signal.SIGTERM)
    parts.keep_running(3)


def _check(address: str, accepted: Accepted, parts: Parts) -> None:
    assert len(accepted) > 1_000
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
