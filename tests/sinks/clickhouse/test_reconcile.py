"""Truth against totals, while letters come in: a real count worker, sink, broker and ClickHouse."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import UUID

import kafka
import pytest
from clickhouse_connect.driver.client import Client
from prometheus_client import REGISTRY

from schemas.epoch import Epoch
from schemas.migrations import connect
from schemas.partition import partition_of
from schemas.tally import SCOPES
from schemas.wire import HEADERS, encode
from sinks.clickhouse.drift import DriftWatch
from sinks.clickhouse.reconcile import Log, ReconcileError, _read_logs, _read_truth, reconcile
from tests.operator import metrics_at
from tests.parts import CAMPAIGN

PARTITIONS = 3
EPOCH: Epoch = {"epoch": 1, "log_id": "any", "opened_at": 1, "complete_at": [0] * PARTITIONS}


@pytest.fixture
def interval_seconds() -> str:
    """Keep the sink from comparing by itself, unless a test says how often."""
    return "3600"


@pytest.fixture
def sink_settings(url: str, free: int, interval_seconds: str) -> dict[str, str]:
    return {
        "TALLY_CLICKHOUSE": url,
        "TALLY_PORT": str(free),
        "TALLY_RECONCILE_INTERVAL_SECONDS": interval_seconds,
    }


@pytest.fixture
def stages(broker: str, tables: Client, tmp_path: Path, sink_settings: dict[str, str]) -> Iterator[str]:  # noqa: ARG001 (tables: migrated)
    settings = {"TALLY_KAFKA": broker, "TALLY_PARTITIONS": str(PARTITIONS), "TALLY_CAMPAIGNS": str(CAMPAIGN)}
    more = {"TALLY_STATE": str(tmp_path), "TALLY_SESSION_TIMEOUT_SECONDS": "6"}
    # A keyframe would heal the total that the test spoils.
    more["TALLY_KEYFRAME_INTERVAL_SECONDS"] = "3600"
    started = [
        subprocess.Popen([sys.executable, "-m", module], env=os.environ | settings | more | own)
        for module, own in (("streams", {}), ("sinks.clickhouse", sink_settings))
    ]
    yield broker
    for process in started:
        process.kill()
        process.wait()


def change(random: Random) -> dict[str, Any]:
    """Return an original, a correction or a withdrawal of one of a few reports, so that most have a history."""
    return {
        "report_id": str(UUID(int=random.randrange(400))),
        "revision": random.randrange(6),
        "withdrawn": random.random() < 0.2,
        "participant": None,
        "campaign": "wfr",
        "case": random.choice(["ana", "ben"]),
        "event": random.choice([None, "school"]),
        "country": random.choice(["DE", "ZZ"]),
        "channel": "web",
        "source": "form",
        "kind": "card",
        "letters": random.randrange(4),
        "written_at": None,
        "received_at": time.time_ns() // 1_000_000,
    }


def produce(broker: str, is_enough: Callable[[], bool], sent: list[Any]) -> None:
    random = Random(7)
    with closing(
        kafka.KafkaProducer(
            allow_auto_create_topics=False, bootstrap_servers=broker, acks="all", enable_idempotence=True
        )
    ) as producer:
        while not is_enough():
            report = change(random)
            key = report["report_id"].encode()
            where = partition_of(key, PARTITIONS)
            sent.append(producer.send("letters", partition=where, key=key, value=encode(report), headers=HEADERS))
        producer.flush()


def drift_of(campaign: str, scope: str) -> float | None:
    return REGISTRY.get_sample_value("tally_drift_letters", {"campaign": campaign, "scope": scope})


def errors_of(reason: str) -> float:
    return REGISTRY.get_sample_value("tally_reconcile_errors_total", {"reason": reason}) or 0


def has_arrived(sent: list[object], tables: Client) -> bool:
    """Return whether the newest frames hold every record that was sent: no emission is on its way.

    The embedded broker is not asked for the log's end: under load it stays behind what it hands out.
    """
    return bool(tables.query("SELECT sum(version) FROM frames FINAL").result_rows[0][0] == len(sent))


def test_truth_and_totals_agree_while_letters_come_in(stages: str, tables: Client) -> None:
    """Under a stream of originals, corrections and withdrawals nothing differs; a total that is off by one does."""
    stop, sent = Event(), list[object]()
    producing = Thread(target=produce, args=(stages, partial(stop.wait, 0.005), sent))
    producing.start()
    try:
        deadline = time.monotonic() + 60
        while not tables.query("SELECT count() FROM tallies").result_rows[0][0]:
            assert time.monotonic() < deadline, "nothing was counted"
            time.sleep(0.2)
        for _ in range(5):
            assert reconcile(tables, stages, EPOCH).differences == []
        assert tables.query("SELECT sum(letters) FROM tallies FINAL").result_rows[0][0] > 0
    finally:
        stop.set()
        producing.join()
    deadline = time.monotonic() + 60
    while not has_arrived(sent, tables):
        assert time.monotonic() < deadline, "the last totals did not arrive"
        time.sleep(0.2)
    assert reconcile(tables, stages, EPOCH).differences == []
    wrong = spoil(tables, by=1)
    found = reconcile(tables, stages, EPOCH).differences
    assert [(d.partition, d.total, d.letters, d.reports) for d in found] == [(wrong, ("wfr", "case", "ana"), -1, 0)]


def spoil(tables: Client, by: int) -> int:
    """Change one stored total without changing its version; return its partition."""
    names = ["campaign", "scope", "member", "epoch", "partition", "version", "letters", "reports"]
    query = "FROM tallies FINAL SELECT campaign, scope, member, epoch, partition, version, letters, reports "
    one = "WHERE scope = 'case' AND member = 'ana' ORDER BY partition LIMIT 1"
    row = tables.query(query + one).result_rows[0]
    tables.insert("tallies", [[*row[:6], row[6] + by, row[7]]], column_names=names)
    return int(row[4])


def wait_for(is_so: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not come true in time"
        time.sleep(0.1)


@pytest.mark.parametrize("interval_seconds", ["1"])
def test_drift_is_a_metric_that_comes_and_goes(stages: str, tables: Client, free: int) -> None:
    """A sink compares by itself: 0 for every scope where all agree, not 0 for a spoiled total, 0 once it is mended."""
    stop, sent = Event(), list[object]()
    producing = Thread(target=produce, args=(stages, partial(stop.wait, 0.005), sent))
    producing.start()
    time_of_verdict = "tally_last_reconciled_timestamp_seconds"
    try:
        wait_for(lambda: bool(metrics_at(free).get(time_of_verdict)), "a verdict under load")
    finally:
        stop.set()
        producing.join()
    wait_for(lambda: has_arrived(sent, tables), "the last total")
    scopes = {scope: f'tally_drift_letters{{campaign="wfr",scope="{scope}"}}' for scope in SCOPES}
    wait_for(lambda: all(metrics_at(free).get(name) == 0 for name in scopes.values()), "agreement in every scope")
    spoil(tables, by=3)
    wait_for(lambda: metrics_at(free).get(scopes["case"]) == 3, "the spoiled total")
    assert metrics_at(free)[scopes["world"]] == 0
    spoil(tables, by=-3)
    wait_for(lambda: metrics_at(free).get(scopes["case"]) == 0, "the mended total")


def test_only_the_owner_of_the_first_partition_compares(tables: Client, broker: str, url: str) -> None:
    """A sink that does not have the partition shows no drift, and one that loses it takes back what it showed."""
    is_owner, stop = Event(), Event()
    is_owner.set()
    scope = [str(UUID(int=7)), "world"]
    report = ["wfr", scope[1], "all", 1, 0, 0, 4, 1]
    names = ["campaign", "scope", "member", "epoch", "partition", "version", "letters", "reports"]
    tables.insert("tallies", [[scope[0], *report[1:]]], column_names=names)
    watch = DriftWatch(lambda: connect(url), broker, lambda: EPOCH, is_owner.is_set, 0.05)
    running = Thread(target=watch.run, args=(stop,))
    running.start()
    try:
        wait_for(lambda: drift_of(*scope) == 4, "a total without letters")
        is_owner.clear()
        wait_for(lambda: drift_of(*scope) is None, "taking back")
    finally:
        stop.set()
        running.join()


def test_a_comparison_without_a_cut_is_no_drift(tables: Client, broker: str, url: str) -> None:
    """While an epoch is being restored nothing is compared: the attempt counts as failed, and no drift is shown."""
    stop, before = Event(), errors_of("no_cut")
    restoring: Epoch = {**EPOCH, "complete_at": None}
    watch = DriftWatch(lambda: connect(url), broker, lambda: restoring, lambda: True, 0.05)
    running = Thread(target=watch.run, args=(stop,))
    running.start()
    try:
        wait_for(lambda: errors_of("no_cut") > before, "a failed attempt")
    finally:
        stop.set()
        running.join()
    restored: Epoch = {**EPOCH, "complete_at": [0, 5, 0]}
    with pytest.raises(ReconcileError, match=r"\[1\]"):
        reconcile(tables, broker, restored, seconds=5)


def test_what_cannot_be_compared_is_an_error(tables: Client, broker: str) -> None:
    """Where totals never reach what is stored, the answer is an error that names the partition, not agreement."""
    columns = ["report_id", "epoch", "partition", "offset", "version", "letters"]
    tables.insert("letter_reports", [[UUID(int=1), 1, 2, 8, 1, 1]], column_names=columns)
    with pytest.raises(ReconcileError, match=r"\[2\]"):
        reconcile(tables, broker, EPOCH, seconds=1)


class ForgetfulConsumer(kafka.KafkaConsumer):  # type: ignore[misc]  # kafka-python ships no types
    """A consumer of a broker that tells ends some records back, as the embedded one does now and then."""

    def end_offsets(self, partitions: Any) -> Any:  # noqa: ANN401 (as upstream)
        return {partition: max(0, end - 2) for partition, end in super().end_offsets(partitions).items()}


def test_an_end_that_lags_is_not_believed(tables: Client, broker: str) -> None:
    """Where a frame proves that the log has more records than the broker says, the log is read so far."""
    sent: list[Any] = []
    produce(broker, lambda: len(sent) == 30, sent)
    ends = Counter(future.get(timeout=20).partition for future in sent)
    rows = [[1, partition, end] for partition, end in ends.items()]
    tables.insert("frames", rows, column_names=["epoch", "partition", "version"])
    with closing(
        ForgetfulConsumer(allow_auto_create_topics=False, bootstrap_servers=broker, enable_auto_commit=False)
    ) as consumer:
        logs = _read_logs(tables, consumer, 1, [0] * PARTITIONS, time.monotonic() + 20)
    assert {partition: len(logs[partition].reports) for partition in ends} == ends


def test_every_id_of_the_window_is_named_singly(tables: Client) -> None:
    """What stands of a report in the window is returned beside the sums, be its id the nil UUID."""
    report = change(Random(1)) | {"report_id": str(UUID(int=0))}
    names = ["report_id", "revision", "campaign", "case", "event", "country", "channel", "kind", "letters", "epoch"]
    row = [UUID(int=0), 4, "wfr", "ana", "none", "DE", "web", "card", 3, 1]
    tables.insert("letter_reports", [[*row, 0, 5, 1]], column_names=[*names, "partition", "offset", "version"])
    truth = _read_truth(tables, 1, {0: Log(6, 7, [(6, report)])})[0]  # type: ignore[list-item]  # a report's dict
    assert {name: (stands.revision, stands.letters) for name, stands in truth.standing.items()} == {
        report["report_id"]: (4, 3)
    }
    assert truth.sums["wfr", "world", "all"] == (3, 1)
    assert truth.next_offset == 6
