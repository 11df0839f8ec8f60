"""What a counter tells of minutes while another epoch takes the place of the one that it shows."""

import random
from pathlib import Path

from schemas.tally import MinuteTally
from tests.sinks.counters.conftest import Broker, running, wait_until
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.test_counter import ASKED, now_ms
from tests.sinks.counters.test_minutes import emitted

STATES = states_of([("w4r-2026", "case-1", "FR", 5, 1)])


def _of_minute(minute: int, letters: int) -> list[MinuteTally]:
    return [
        {**cell, "letters": letters} for cell in emitted([(minute, "case-1", "FR", 1)], 0, random.Random(1), epoch=2)
    ]


def _of_days(before: int) -> list[MinuteTally]:
    """Return much to read that is not of the last hour."""
    return [cell for minute in range(before - 4_000, before - 100) for cell in _of_minute(minute, 1)]


def test_no_minute_is_missing_after_the_turn(broker: Broker, campaigns: Path) -> None:
    """The last hour is that of the old epoch, not told, or that of the new one whole, however much there is to read."""
    broker.open_epoch(1, [0, 0])
    half_an_hour_ago = now_ms() // 60_000 - 30
    broker.write_minutes(emitted([(half_an_hour_ago, "case-1", "FR", 5)], 0, random.Random(1)))
    for partition in (0, 1):
        broker.write(Emitter(STATES, partition).emit(0, is_keyframe=True, as_of=now_ms()))
    with running(broker.servers, campaigns) as counter:
        wait_until(counter.is_ready)
        wait_until(lambda: counter.web.get("/v1/rates", params=ASKED).is_success)
        broker.open_epoch(2, [0, 0])
        broker.write_minutes([*_of_days(half_an_hour_ago), *_of_minute(half_an_hour_ago, 3_000)])
        for partition in (0, 1):
            broker.write(Emitter(STATES, partition, epoch=2).emit(0, is_keyframe=True, as_of=now_ms()))
        told: set[int | None] = set()

        def is_whole() -> bool:
            answer = counter.web.get("/v1/rates", params=ASKED)
            told.add(answer.json()["last_hour"] if answer.is_success else None)
            return 3_000 in told

        wait_until(is_whole)
        assert told <= {5, None, 3_000}
