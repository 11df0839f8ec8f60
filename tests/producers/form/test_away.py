"""The form and the receipt while nothing can be kept: neither Kafka nor the outbox has room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import EmbeddedBroker
from tests.counting import open_cluster
from tests.producers.conftest import CollectorProcess, wait_until_away, wait_until_ready
from tests.producers.form.forms import Page, followed, opened
from tests.producers.test_corrections import counted
from tests.stacks import wait_for

FORM = "/form/w4r-2026"
FILLED = {"letters[amara]": "5", "country": "ES"}
LARGE = {"campaign": "w4r-2026", "country": "PL", "lines": [{"case": "ilya", "letters": 1}] * 50}


@pytest.fixture
def running(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[CollectorProcess]:
    """Run a collector with the smallest outbox, behind an address of its own."""
    settings = {"TALLY_OUTBOX_MOST_BYTES": str(1 << 20), "TALLY_PUBLIC_URL": "https://letters.example.org/tally/"}
    running = CollectorProcess(broker.address, campaigns, tmp_path, settings)
    try:
        wait_until_ready(running.client)
        yield running
    finally:
        running.stop()


def test_what_can_not_be_kept_is_asked_for_again(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """Where nothing can be kept the page says so with what was typed; sent again later, it counts once."""
    client = running.client
    receipt = followed(client, opened(client, FORM).send(client, FILLED))
    assert "https://letters.example.org/tally/receipt/" in receipt.text
    wait_for(lambda: counted(broker.address).get("all") == (5, 1), 30)
    form = opened(client, FORM)
    broker.kill()
    wait_until_away(client)
    while client.post("/v1/reports", json=LARGE).status_code == 202:
        pass
    page = Page(form.send(client, FILLED))
    assert page.answer.status_code == 503
    assert page.answer.headers["retry-after"]
    assert "What you wrote is still here" in page.text
    assert page.fields == form.fields | FILLED
    question = Page(Page(receipt.send(client)).send(client))
    assert question.answer.status_code == 503
    assert "could not save the change" in question.text
    broker.start()
    open_cluster(broker.address)
    wait_until_ready(client)
    followed(client, page.send(client))
    followed(client, question.send(client))
    wait_for(lambda: counted(broker.address).get("amara:ES") == (5, 1), 60)
