"""The form and the receipt while nothing can be kept: neither Kafka nor the outbox has room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import EmbeddedBroker
from tests.counting import open_cluster
from tests.producers.conftest import CollectorProcess, collecting, wait_until_away, wait_until_ready
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
    with collecting(broker.address, campaigns, tmp_path, settings) as running:
        yield running


REPORT = {"campaign": "w4r-2026", "country": "PL"}


def report(running: CollectorProcess, letters: dict[str, int]) -> int:
    lines = [{"case": case, "letters": count} for case, count in letters.items()]
    headers = {"Idempotency-Key": "the same key"}
    return running.client.post("/v1/reports", json=REPORT | {"lines": lines}, headers=headers).status_code


def test_what_was_not_accepted_may_be_changed(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """After a 503 other numbers may be sent with the same form or key, and are what counts, as the receipt says."""
    client = running.client
    form = opened(client, FORM)
    broker.kill()
    wait_until_away(client)
    while client.post("/v1/reports", json=LARGE).status_code == 202:
        pass
    assert form.send(client, FILLED).status_code == 503
    assert [report(running, {"amara": 5, "mei": 2}) for _ in range(2)] == [503] * 2
    broker.start()
    open_cluster(broker.address)
    wait_until_ready(client)
    receipt = followed(client, form.send(client, FILLED | {"letters[amara]": "7"}))
    assert "You reported 7 letters." in receipt.text
    assert [report(running, {"amara": 8}), report(running, {"amara": 8}), report(running, {"amara": 9})] == [
        *(202, 202, 422)
    ]
    wait_for(lambda: counted(broker.address).get("amara:PL") == (8, 1), 60)
    standing = counted(broker.address)
    assert standing["amara:ES"] == (7, 1)
    assert "mei:PL" not in standing


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
