"""The same pipeline on either broker: what is sent comes out the same everywhere, although each part is killed once."""

import signal
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.histories import random_history, recount
from tests.kafka.checks import CAMPAIGNS, differences, rejections
from tests.kafka.load import log_of, produce_steadily, spoiled_on
from tests.kafka.pipeline import Broker, Pipeline
from tests.kafka.watches import Watch, live_states

HISTORY = random_history(Random(11), size=6_000, ids=4_000)


@pytest.mark.timeout(240)
def test_all_places_agree_although_each_part_was_killed_once(broker: Broker, tmp_path: Path) -> None:
    """Worker, sink, counter and ClickHouse are killed in the middle of a history: every place has the plain recount."""
    pipeline = Pipeline(broker, tmp_path, workers=1, sinks=1)
    with closing(pipeline.parts):
        pipeline.start()
        third = len(HISTORY) // 3
        spoiled = produce_steadily(broker.address, HISTORY[:third], 100_000, Random(1))
        assert pipeline.settle(recount(HISTORY[:third]), limit_seconds=60) == {}, f"logs are in {tmp_path}"
        with Watch(partial(live_states, pipeline.counter.port, CAMPAIGNS[0])) as watch:
            for number, part in enumerate([*pipeline.workers, *pipeline.sinks, pipeline.counter, pipeline.clickhouse]):
                rest = HISTORY[third + number :: 4]
                spoiled += produce_steadily(broker.address, rest, 100_000, Random(number))
                part.send(signal.SIGKILL)
            assert pipeline.settle(recount(HISTORY), limit_seconds=90) == {}, f"logs are in {tmp_path}"
        expected = spoiled_on(log_of(broker.address, len(HISTORY) + spoiled))
        assert len(expected) == spoiled > 0
        assert differences(expected, rejections(pipeline.clickhouse.url)) == []
    assert watch.complaints == []
    assert watch.changes > 0
