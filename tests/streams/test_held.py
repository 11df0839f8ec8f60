"""Workers of held reports as processes on the embedded broker: what comes to `letters`, `rejected` and the totals."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from schemas.partition import partition_of
from schemas.report import LetterReport
from schemas.topics import HELD, REJECTED
from schemas.wire import HEADERS, decode_rejection, encode
from tests.brokers import EmbeddedBroker
from tests.counting import PARTITIONS, HeldWorker, Worker, make_producer, open_cluster, shown_totals
from tests.histories import recount
from tests.holdings import (
    Said,
    confirmation_of,
    hold,
    judged,
    letters_of,
    random_holding,
    read_all,
    released_reports,
    submission_of,
    verdict_of,
)
from tests.operator import asked, metrics_at

CONFIRMED = ["confirmation"]


@pytest.fixture
def held(broker: str, tmp_path: Path) -> Iterator[HeldWorker]:
    """Prepare a worker of held reports, not started yet."""
    held = HeldWorker(broker, tmp_path / "held")
    yield held
    held.end()


def wait_for(is_so: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def in_order(reports: Any) -> list[LetterReport]:  # noqa: ANN401 (any iterable of reports)
    return sorted(reports, key=lambda report: (report["report_id"], report["revision"]))


def unrepeated(reports: list[LetterReport]) -> list[LetterReport]:
    """Return each report once; two that have one id and revision must be the same."""
    known: dict[tuple[str, int], LetterReport] = {}
    for report in reports:
        assert known.setdefault((report["report_id"], report["revision"]), report) == report
    return in_order(known.values())


def test_a_confirmation_counts_before_after_and_twice(broker: str, held: HeldWorker, worker: Worker) -> None:
    """Reports count once and unchanged whenever the confirmation comes; without one they wait, and are told of."""
    held.start()
    worker.start()
    before, after, twice, without = (submission_of(number, 0, CONFIRMED) for number in range(4))
    log: list[Said] = [
        *(confirmation_of(0), before),
        *(after, confirmation_of(1)),
        *(confirmation_of(2), twice, confirmation_of(2, given_at=2), twice),
        without,
        confirmation_of(9),
    ]
    hold(broker, log)
    released = [report for one in (before, after, twice) for report in one["reports"]]
    assert shown_totals(broker, recount(released), limit_seconds=60) == recount(released)
    assert in_order(letters_of(broker)) == in_order(released)
    wait_for(lambda: metrics_at(held.port).get('tally_held_waiting{need="confirmation"}') == 1)
    assert metrics_at(held.port)["tally_held_oldest_seconds"] > 0
    assert metrics_at(held.port)["tally_held_released_total"] == len(released)
    hold(broker, [confirmation_of(3)])
    released += without["reports"]
    assert shown_totals(broker, recount(released), limit_seconds=60) == recount(released)
    wait_for(lambda: metrics_at(held.port).get("tally_held_oldest_seconds") == 0)


def test_a_review_releases_what_was_seen_and_names_what_it_discards(broker: str, held: HeldWorker) -> None:
    """A release sends the revision that was seen, a discard puts each report on `rejected`, bad records too.

    A worker that lost its state reads the log again and says the same of it, dates and all.
    """
    seen, corrected, spam = submission_of(0, 0), submission_of(0, 4), submission_of(1)
    log: list[Said] = [seen, verdict_of(0, "review", through=0), corrected, spam, verdict_of(1, "review", "discard", 0)]
    hold(broker, log)
    key = spam["submission_id"].encode()
    home = partition_of(key, PARTITIONS)
    with closing(make_producer(broker)) as producer:
        for value, partition in ((b"{", home), (encode({**spam, "needs": []}), home), (encode(spam), home ^ 1)):
            producer.send(HELD.name, key=key, value=value, headers=HEADERS, partition=partition).get(30)
    held.start()
    wait_for(lambda: len(read_all(broker, REJECTED.name)) == 5)
    assert in_order(letters_of(broker)) == in_order(seen["reports"])
    rejections = [decode_rejection(record.value) for record in read_all(broker, REJECTED.name)]
    discarded = [r for r in rejections if r["reason"] == "discarded_in_review"]
    assert [r["value"] for r in discarded] == [encode(report).decode() for report in spam["reports"]]
    assert [r["origin"] for r in discarded] == [f"{spam['submission_id']}.0.{number}" for number in (0, 1)]
    others = sorted((r["reason"], r["field"]) for r in rejections if r not in discarded)
    assert others == [("bad_value", "needs"), ("unreadable", None), ("wrong_partition", "key")]
    wait_for(lambda: metrics_at(held.port).get('tally_held_waiting{need="review"}') == 1)
    held.end()
    shutil.rmtree(held.folder / "state")
    held.start()
    wait_for(lambda: len(read_all(broker, REJECTED.name)) == 10)
    again = [decode_rejection(record.value) for record in read_all(broker, REJECTED.name)]
    assert {r["origin"]: r for r in again} == {r["origin"]: r for r in rejections}


@pytest.mark.chaos
@pytest.mark.parametrize("lost", ["nothing", "state"])
def test_kills_double_and_lose_nothing(broker: str, held: HeldWorker, worker: Worker, lost: str) -> None:
    """Killed again and again while it releases, with its state or without it, the totals are those of one release."""
    log = random_holding(Random(11), size=6_000, ids=2_500)
    expected = unrepeated(released_reports(log))
    worker.start()
    for piece in range(4):
        held.start()
        wait_for(lambda: asked(held.port, "ready")[0] == 200)
        hold(broker, log[piece * 1_500 : (piece + 1) * 1_500])
        wait_for(lambda: metrics_at(held.port)["tally_held_released_total"] > 0)
        held.end()
        if lost == "state":
            shutil.rmtree(held.folder / "state")
    held.start()
    assert shown_totals(broker, recount(expected), limit_seconds=90) == recount(expected)
    wait_for(lambda: unrepeated(letters_of(broker)) == expected)
    waiting = judged(log)[1]
    for need in ("review", "confirmation"):
        name, count = f'tally_held_waiting{{need="{need}"}}', sum(need in needs for needs in waiting.values())
        wait_for(lambda name=name, count=count: metrics_at(held.port).get(name) == count)  # type: ignore[misc]


def test_it_is_not_ready_while_kafka_is_away(tmp_path: Path) -> None:
    """A worker that Kafka does not answer says so after a quarter of a minute, and lives on."""
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    open_cluster(broker.address)
    held = HeldWorker(broker.address, tmp_path / "held")
    held.start()
    try:
        wait_for(lambda: asked(held.port, "ready")[0] == 200)
        broker.kill()
        wait_for(lambda: asked(held.port, "ready")[0] == 503)
        assert "Kafka has not answered" in asked(held.port, "ready")[1]
        assert asked(held.port, "live")[0] == 200
    finally:
        held.end()
        broker.kill()
