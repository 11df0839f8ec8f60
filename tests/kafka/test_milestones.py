"""Milestones on Apache Kafka: kill -9, a second copy, and a broker that goes away and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import ApacheKafka
from tests.sinks.counters.conftest import Broker, wait_until
from tests.sinks.milestones.conftest import MARKED, Receiver, on_topic, telling
from tests.sinks.milestones.test_process import Flow, told_through_kills


class Cluster(Broker):
    """What tests of counters write through, on Apache Kafka."""

    def __init__(self, kafka: ApacheKafka) -> None:
        self.servers = kafka.address


@pytest.fixture
def cluster(apache_kafka: ApacheKafka) -> Cluster:
    cluster = Cluster(apache_kafka)
    cluster.open_epoch(1, [0, 0])
    return cluster


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def campaigns(tmp_path: Path) -> Path:
    path = tmp_path / "campaign.toml"
    path.write_text(MARKED)
    return path


def test_milestones_are_told_once_whatever_is_killed(cluster: Cluster, campaigns: Path, receiver: Receiver) -> None:
    """On a cluster that keeps its groups as on the embedded broker: each crossing once."""
    told_through_kills(cluster, campaigns, receiver)


@pytest.mark.timeout(600)
def test_an_outage_of_kafka_is_ridden_out(
    apache_kafka: ApacheKafka, cluster: Cluster, campaigns: Path, receiver: Receiver
) -> None:
    """While Kafka is away nothing is told and nothing told again; once it is back, the same process goes on."""
    flow = Flow(cluster)
    flow.count(2)
    with telling(cluster, campaigns, receiver) as part:
        wait_until(lambda: len(receiver.told) == 2, 60)
        wait_until(lambda: len(on_topic(cluster)) == 4, 20)
        apache_kafka.kill()
        assert part.is_well("live")
        apache_kafka.start()
        flow.count(5)
        wait_until(lambda: len(receiver.told) == 5, 180)
        assert len(receiver.taken) == 5
        assert part.process is not None
        assert part.process.poll() is None
