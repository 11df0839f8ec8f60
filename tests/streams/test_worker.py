"""Count workers as processes on the embedded broker: what a fresh reader of `tallies` sees."""

import shutil
import signal
from contextlib import closing
from random import Random

import kafka
import pytest

from schemas.partition import partition_of
from schemas.topics import LETTERS, REJECTED
from schemas.wire import HEADERS, decode_rejection, encode
from tests.counting import Worker, make_producer, open_cluster, produce, shown_totals
from tests.histories import random_history, recount

HISTORY = random_history(Random(7), size=6_000, ids=4_000)


def test_a_history_is_counted(broker: str, worker: Worker) -> None:
    """Corrections, moves, withdrawals and duplicates on the log come to the plain recount."""
    worker.start()
    produce(broker, HISTORY)
    assert shown_totals(broker, recount(HISTORY), limit_seconds=40) == recount(HISTORY)


@pytest.mark.parametrize("lost", ["nothing", "state"])
def test_kill_9_in_the_middle_changes_no_number(broker: str, worker: Worker, lost: str) -> None:
    """A worker killed without warning goes on exactly, with its state or without it."""
    half = len(HISTORY) // 2
    worker.start()
    produce(broker, HISTORY[:half])
    assert shown_totals(broker, recount(HISTORY[:half]), limit_seconds=40)
    worker.end()
    if lost == "state":
        shutil.rmtree(worker.folder / "state")
    produce(broker, HISTORY[half:])
    worker.start()
    assert shown_totals(broker, recount(HISTORY), limit_seconds=40) == recount(HISTORY)


def test_two_workers_share_the_partitions(broker: str, worker: Worker, second_worker: Worker) -> None:
    """Two workers of one group count together what one would count, also when one of them is told to stop."""
    half = len(HISTORY) // 2
    worker.start()
    second_worker.start()
    produce(broker, HISTORY[:half])
    assert shown_totals(broker, recount(HISTORY[:half]), limit_seconds=60) == recount(HISTORY[:half])
    worker.send(signal.SIGTERM)
    assert worker.process is not None
    assert worker.process.wait(15) == 0
    produce(broker, HISTORY[half:])
    assert shown_totals(broker, recount(HISTORY), limit_seconds=60) == recount(HISTORY)


def test_what_is_no_report_is_rejected_and_the_rest_counted(broker: str, worker: Worker) -> None:
    """Bad records go to `rejected` with reason and origin, and never stop the stream."""
    bad = {
        b"unreadable": (b"{", HEADERS, 0),
        b"unknown_schema": (encode(HISTORY[0]), [("version", b"9")], 0),
        b"bad_value": (encode({**HISTORY[0], "letters": -5}), HEADERS, 0),
    }
    with closing(make_producer(broker)) as producer:
        for value, headers, partition in bad.values():
            key = HISTORY[0]["report_id"].encode()
            producer.send(LETTERS.name, key=key, value=value, headers=headers, partition=partition).get(30)
        elsewhere = (partition_of(HISTORY[0]["report_id"].encode(), 8) + 1) % 8
        key = HISTORY[0]["report_id"].encode()
        producer.send(LETTERS.name, key=key, value=encode(HISTORY[0]), headers=HEADERS, partition=elsewhere).get(30)
    produce(broker, HISTORY)
    worker.start()
    assert shown_totals(broker, recount(HISTORY), limit_seconds=40) == recount(HISTORY)
    with closing(
        kafka.KafkaConsumer(
            REJECTED.name, bootstrap_servers=broker, auto_offset_reset="earliest", consumer_timeout_ms=3000
        )
    ) as reader:
        rejections = [decode_rejection(record.value) for record in reader]
    assert {r["reason"] for r in rejections} == {"unreadable", "unknown_schema", "bad_value", "wrong_partition"}
    assert all(r["origin"].startswith("letters/") for r in rejections)


def test_a_log_made_anew_is_not_counted_with_an_old_epoch(broker: str, worker: Worker) -> None:
    """A worker refuses to start where the log is not the one that its epoch was opened for, until one is opened."""
    with closing(kafka.KafkaAdminClient(bootstrap_servers=broker)) as admin:
        admin.delete_topics([LETTERS.name])
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(30) == 1
    assert "tally topics create" in (worker.folder / "part.log").read_text()
    open_cluster(broker)
    produce(broker, HISTORY[:100])
    worker.start()
    assert shown_totals(broker, recount(HISTORY[:100]), limit_seconds=40) == recount(HISTORY[:100])
