"""Whatever breaks, each letter is counted once: on Apache Kafka, with every part dying under load."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from random import Random

import kafka
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from schemas.topics import TALLIES
from tests.brokers import ApacheKafka
from tests.histories import random_history, recount
from tests.kafka.checks import CAMPAIGNS, differences, rejections
from tests.kafka.load import log_of, produce_steadily, spoiled_on
from tests.kafka.pipeline import Pipeline
from tests.kafka.torments import Torments
from tests.kafka.watches import Watch, live_states, stored_states

LOAD_SECONDS = 90
REPORTS_PER_SECOND = 1_500


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_letter_is_counted_once_whatever_breaks(apache_kafka: ApacheKafka, tmp_path: Path, seed: int) -> None:
    """After every part was killed or made a zombie, all places say the recount, and no state on the way disagreed."""
    random = Random(seed)
    size = LOAD_SECONDS * REPORTS_PER_SECOND
    history = random_history(random, size, ids=size)
    pipeline = Pipeline(apache_kafka, tmp_path, workers=3, sinks=2)
    with closing(pipeline.parts), ExitStack() as looking_on, ThreadPoolExecutor(1) as pool:
        pipeline.start()
        _compact_eagerly(apache_kafka.address)
        live = [Watch(partial(live_states, pipeline.counter.port, name)) for name in CAMPAIGNS]
        stored = [Watch(partial(stored_states, pipeline.clickhouse.url, name)) for name in CAMPAIGNS]
        for watch in [*live, *stored]:
            looking_on.enter_context(watch)
        load = pool.submit(produce_steadily, apache_kafka.address, history, REPORTS_PER_SECOND, Random(seed))
        Torments(pipeline, random).run()
        while not load.done():
            pipeline.parts.keep_running(1)
        spoiled = spoiled_on(log_of(apache_kafka.address, len(history) + load.result()))
        assert len(spoiled) == load.result() > 0
        assert pipeline.settle(recount(history), limit_seconds=150) == {}, f"logs are in {tmp_path}"
        assert differences(spoiled, rejections(pipeline.clickhouse.url)) == []
    print("states seen live and stored:", [(w.seen, w.changes) for w in [*live, *stored]])  # noqa: T201 (where it fails)
    assert [complaint for watch in [*live, *stored] for complaint in watch.complaints] == []
    # On a machine that does nothing else there are hundreds; fewer than these would prove little.
    assert min(watch.changes for watch in live) > 15
    assert min(watch.changes for watch in stored) > 5


def _compact_eagerly(address: str) -> None:
    """Have the broker compact `tallies` within seconds instead of days, so that readers meet what compaction left."""
    settings = {"segment.ms": "2000", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "5000"}
    with closing(kafka.KafkaAdminClient(bootstrap_servers=address)) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TALLIES.name, settings)])
