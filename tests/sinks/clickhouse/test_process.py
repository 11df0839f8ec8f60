"""The process as it runs: python -m sinks.clickhouse beside a real broker and a real ClickHouse."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import kafka
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from schemas.epoch import Epoch
from schemas.partition import partition_of
from schemas.rejection import Rejection
from schemas.tally import Frame, Tally, checksum_of
from schemas.wire import HEADERS, encode, frame_key, tally_key
from tests.operator import asked, series_of
from tests.parts import CAMPAIGN

PARTITIONS = 3


def wait_for(is_so: Any, seconds: float = 40) -> None:  # noqa: ANN401 (any function without arguments)
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


class Sink:
    """The process, and what its operator sees of it."""

    def __init__(self, broker: str, url: str, port: int) -> None:
        self.port = port
        settings = {"TALLY_KAFKA": broker, "TALLY_CLICKHOUSE": url, "TALLY_PARTITIONS": str(PARTITIONS)}
        settings["TALLY_CAMPAIGNS"] = str(CAMPAIGN)
        more = {"TALLY_PORT": str(port), "TALLY_SESSION_TIMEOUT_SECONDS": "6"}
        command = [sys.executable, "-m", "sinks.clickhouse"]
        self.process = subprocess.Popen(command, env=os.environ | settings | more)

    def asked(self, question: str) -> tuple[int, str]:
        return asked(self.port, question)


@pytest.fixture
def sink(broker: str, url: str, tables: Client, free: int) -> Iterator[Sink]:  # noqa: ARG001 (tables: migrated first)
    running = Sink(broker, url, free)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def send(broker: str, records: list[tuple[str, int, bytes, bytes]]) -> None:
    with closing(
        kafka.KafkaProducer(
            allow_auto_create_topics=False, bootstrap_servers=broker, acks="all", enable_idempotence=True
        )
    ) as producer:
        sent = [
            producer.send(topic, partition=partition, key=key, value=value, headers=HEADERS)
            for topic, partition, key, value in records
        ]
        for future in sent:
            future.get(timeout=20)


def letters(count: int, value: int = 1) -> list[tuple[str, int, bytes, bytes]]:
    found = []
    for _ in range(count):
        report_id = str(uuid.uuid4())
        body = {
            "report_id": report_id,
            "revision": 0,
            "withdrawn": False,
            "participant": None,
            "campaign": "wfr",
            "case": "ana",
            "event": None,
            "country": "DE",
            "channel": "web",
            "source": "form",
            "kind": "letter",
            "letters": value,
            "written_at": None,
            "received_at": time.time_ns() // 1_000_000,
        }
        found.append(("letters", partition_of(report_id.encode(), PARTITIONS), report_id.encode(), encode(body)))
    return found


def counted(tables: Client) -> int:
    try:
        return int(tables.query("SELECT count() FROM letter_reports FINAL").result_rows[0][0])
    except Error:
        return -1


def test_a_killed_clickhouse_loses_nothing(sink: Sink, broker: str, tables: Client, clickhouse: Any) -> None:  # noqa: ANN401
    """Kill -9 of ClickHouse, twice, under letters: not ready but alive meanwhile, lag grows, every row there."""
    wait_for(lambda: sink.asked("ready")[0] == 200)
    for _ in range(2):
        send(broker, letters(2_000))
        clickhouse.kill()
        send(broker, letters(2_000))
        wait_for(lambda: sink.asked("ready")[0] == 503)
        assert "ClickHouse" in sink.asked("ready")[1]
        assert sink.asked("live")[0] == 200
        wait_for(lambda: max(series_of(sink.port, "tally_lag_seconds").values()) > 2)
        assert sum(series_of(sink.port, "tally_lag_records").values()) > 0
        clickhouse.start()
    wait_for(lambda: counted(tables) == 8_000)
    wait_for(lambda: sink.asked("ready")[0] == 200)
    wait_for(lambda: set(series_of(sink.port, "tally_lag_seconds").values()) == {0.0})
    sink.process.send_signal(signal.SIGTERM)
    assert sink.process.wait(timeout=5) == 0


def test_a_wrong_password_is_refused_in_a_sentence_without_it(broker: str, url: str, tables: Client) -> None:  # noqa: ARG001 (tables: migrated)
    """A sink that ClickHouse does not let in ends with status 1, says by which code, and quotes no password."""
    settings = {"TALLY_KAFKA": broker, "TALLY_CLICKHOUSE": url.replace("word", "not-the-w0rd")}
    ended = subprocess.run(
        [sys.executable, "-m", "sinks.clickhouse"],
        env=os.environ | settings | {"TALLY_PARTITIONS": str(PARTITIONS), "TALLY_CAMPAIGNS": str(CAMPAIGN)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "516" in ended.stderr
    assert "w0rd" not in ended.stderr
    assert all(json.loads(line) for line in ended.stderr.splitlines())


def test_a_refused_row_is_named_and_the_rest_goes_in(sink: Sink, broker: str, tables: Client) -> None:
    """A row that a constraint of ClickHouse refuses comes to `rejected`; its neighbours are stored."""
    tables.command("ALTER TABLE letter_reports ADD CONSTRAINT no_such_count CHECK letters != 666")
    send(broker, [*letters(150), *letters(1, 666), *letters(150)])
    wait_for(lambda: counted(tables) == 300)
    query = "SELECT reason, detail, value LIKE '%666%' FROM rejected FINAL WHERE origin LIKE 'letters/%'"
    wait_for(lambda: bool(tables.query(query).result_rows))
    assert tables.query(query).result_rows == [
        ("refused_by_sink", "letter_reports: code 469 VIOLATED_CONSTRAINT", True)
    ]
    assert sink.process.poll() is None


def test_a_refusal_of_one_epoch_never_hides_that_of_another(sink: Sink, broker: str, tables: Client) -> None:
    """Two records at the same offset of two epochs stay two refusals; a delivery refused again stays one."""
    columns = ["origin", "epoch", "reason", "detail", "rejected_at"]
    tables.insert("rejected", [["letters/0/5", 7, "bad_value", "of an older log", 1]], column_names=columns)
    for origin in ("letters/0/5", str(uuid.UUID(int=9)), str(uuid.UUID(int=9))):
        refused: Rejection = {
            "origin": origin,
            "reason": "unreadable",
            "field": None,
            "detail": "",
            "value": None,
            "rejected_at": 2,
        }
        send(broker, [("rejected", 0, origin.encode(), encode(refused))])
    query = "SELECT origin, epoch FROM rejected FINAL ORDER BY origin, epoch"
    wait_for(lambda: len(tables.query(query).result_rows) == 3)
    expected = [(str(uuid.UUID(int=9)), 0), ("letters/0/5", 1), ("letters/0/5", 7)]
    assert tables.query(query).result_rows == expected
    assert sink.process.poll() is None


def emission(partition: int, version: int, members: dict[str, int], *, closed: bool) -> list[Any]:
    totals: list[Tally] = [
        Tally(
            campaign="wfr",
            scope=scope,
            member=member,
            letters=count,
            reports=1,  # type: ignore[typeddict-item]
            partition=partition,
            epoch=1,
            version=version,
        )
        for scope, member, count in [
            ("world", "all", sum(members.values())),
            *(("case", m, c) for m, c in members.items()),
        ]
    ]
    records = [("tallies", partition, tally_key(total), encode(total)) for total in totals]
    if not closed:
        return records
    digest = sum(checksum_of(t["campaign"], t["scope"], t["member"], t["letters"], t["reports"]) for t in totals)
    frame = Frame(
        partition=partition,
        epoch=1,
        version=version,
        checksum=digest % 2**64,
        behind=0,
        as_of=1_765_324_800_000,
        is_keyframe=False,
    )
    return [*records, ("tallies", partition, frame_key(partition), encode(frame))]


def shown(tables: Client) -> dict[tuple[str, str], int]:
    rows = tables.query("SELECT scope, member, letters FROM current_tallies").result_rows
    return {(scope, member): count for scope, member, count in rows}


def test_totals_are_shown_by_whole_emissions(sink: Sink, broker: str, tables: Client) -> None:
    """Totals without their frame are not stored; those of two partitions add up; an old emission changes nothing."""
    send(broker, emission(0, 5, {"ana": 3, "ben": 2}, closed=True))
    send(broker, emission(1, 9, {"ana": 1}, closed=True))
    send(broker, emission(0, 7, {"ana": 4}, closed=False))
    first = {("world", "all"): 6, ("case", "ana"): 4, ("case", "ben"): 2}
    wait_for(lambda: shown(tables) == first)
    send(broker, emission(0, 4, {"ana": 2}, closed=True))
    send(broker, emission(1, 10, {"ana": 2}, closed=True))
    wait_for(lambda: shown(tables) == {("world", "all"): 7, ("case", "ana"): 5, ("case", "ben"): 2})
    send(broker, emission(0, 7, {"ana": 4, "ben": 2}, closed=True))
    wait_for(lambda: shown(tables) == {("world", "all"): 8, ("case", "ana"): 6, ("case", "ben"): 2})
    assert sink.process.poll() is None


def test_a_newer_epoch_is_shown_when_it_has_caught_up(tables: Client) -> None:
    """Until every partition has reached what the epoch before had counted, the old epoch's totals are shown."""
    epochs: list[Epoch] = [
        {"epoch": 1, "log_id": "a", "opened_at": 1, "complete_at": [0, 0]},
        {"epoch": 2, "log_id": "b", "opened_at": 2, "complete_at": [10, 0]},
        {"epoch": 3, "log_id": "c", "opened_at": 3, "complete_at": None},
    ]
    rows = [
        [e["epoch"], e["log_id"], e["opened_at"], e["complete_at"] or [], int(bool(e["complete_at"]))] for e in epochs
    ]
    tables.insert("epochs", rows, column_names=["epoch", "log_id", "opened_at", "complete_at", "is_complete"])
    names = ["epoch", "partition", "version"]
    tables.insert("frames", [[1, 0, 12], [2, 0, 9]], column_names=names)
    assert tables.query("SELECT epoch FROM current_epoch").result_rows == [(1,)]
    tables.insert("frames", [[2, 0, 10]], column_names=names)
    assert tables.query("SELECT epoch FROM current_epoch").result_rows == [(2,)]
