from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import ApacheKafka, EmbeddedBroker
from tests.counting import embedded_broker
from tests.kafka.pipeline import Broker


@pytest.fixture
def apache_kafka(tmp_path: Path) -> Iterator[ApacheKafka]:
    """Run Apache Kafka with nothing in it."""
    kafka = ApacheKafka(tmp_path / "kafka")
    kafka.start()
    yield kafka
    kafka.kill()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """Run the embedded broker with empty topics."""
    with embedded_broker(tmp_path) as broker:
        yield broker


@pytest.fixture(params=["embedded", "apache_kafka"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Run either broker."""
    found: Broker = request.getfixturevalue(request.param)
    return found
