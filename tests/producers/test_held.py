"""A platform's signatures and their confirmations, from the collector through `held` to the totals."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

import producers.channels.impact_stack as folder
from tests.brokers import EmbeddedBroker
from tests.counting import HeldWorker, Worker, shown_totals
from tests.histories import recount
from tests.holdings import letters_of
from tests.producers.conftest import CollectorProcess, wait_until_ready
from tests.stacks import wait_for

SAMPLES = Path(folder.__path__[0]) / "samples"
SECRET = "a secret of the tests, long enough"  # noqa: S105 (of the tests)


@pytest.fixture
def platform(
    broker: EmbeddedBroker, campaigns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx.Client]:
    """Run a collector with an Impact Stack source, and workers that hold and count; return the platform's client."""
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "source.toml").write_text((SAMPLES / "source.toml").read_text())
    monkeypatch.setenv("TALLY_SOURCES", str(tmp_path / "source.toml"))
    collector = CollectorProcess(broker.address, campaigns, tmp_path)
    workers = [HeldWorker(broker.address, tmp_path / "worker"), Worker(broker.address, tmp_path / "worker")]
    for worker in workers:
        worker.start()
    try:
        wait_until_ready(collector.client)
        yield collector.client
    finally:
        collector.stop()
        for worker in workers:
            worker.end()


def delivery(sample: str, number: int) -> Any:  # noqa: ANN401 (JSON)
    said = json.loads((SAMPLES / f"{sample}.json").read_text())
    return said | {"uuid": f"ae3b0b49-0000-4000-8000-{number:012}", "date": "2025-12-10T08:07:37"}


def test_confirmations_first_after_twice_and_never(broker: EmbeddedBroker, platform: httpx.Client) -> None:
    """Each delivered three times, shuffled: a confirmed signature counts once, an unconfirmed one does not count."""
    deliveries = [delivery("needs-confirmation", number) for number in range(20)]
    deliveries += [delivery("confirmed", number) for number in range(5, 25)]
    for said in Random(3).sample(deliveries * 3, len(deliveries) * 3):
        answer = platform.post("/v1/channels/sample", params={"key": SECRET}, json=said)
        assert answer.status_code == 200, answer.text
        assert answer.json()["held"] + answer.json()["confirmed"] == 1
    wait_for(lambda: len({report["report_id"] for report in letters_of(broker.address)}) == 15, 60)
    counted = letters_of(broker.address)
    assert len(counted) == 15
    assert {report["case"] for report in counted} == {"amara"}
    assert shown_totals(broker.address, recount(counted), limit_seconds=60) == recount(counted)
