"""Rooms for bodies on their way in: large ones keep no form out, one sender no other, and who waits hears so."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from schemas.topics import REJECTED
from tests.brokers import EmbeddedBroker
from tests.producers.conftest import CollectorProcess, collecting
from tests.producers.form.forms import followed, opened
from tests.producers.proofs import SECRET, proven
from tests.producers.test_collector import BODY, records
from tests.producers.test_limits import limited
from tests.stacks import wait_for

FORM = "/form/w4r-2026"
FILLED = {"letters[amara]": "5", "country": "ES"}
SHEETS = ("one", "two", "three")
MEGABYTE = 1 << 20
ADDRESSES = ("8.8.8.8", "1.1.1.1")


@pytest.fixture
def running(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[CollectorProcess]:
    """Run a collector of three sheets, behind a proxy that says who sends."""
    (tmp_path / "secret").write_text(SECRET)
    for name in SHEETS:
        said = f'source = "{name}"\nchannel = "sheet"\ncampaign = "w4r-2026"\nsecret_files = ["secret"]\n'
        (tmp_path / f"{name}.toml").write_text(said)
    settings = {"TALLY_ORGANISERS_KEY": SECRET, "TALLY_TRUSTED_PROXIES": "127.0.0.1", "TALLY_SOURCES": str(tmp_path)}
    with collecting(broker.address, campaigns, tmp_path, settings) as running:
        yield running


class Slow:
    """Bodies that are begun, and whose rest never comes."""

    def __init__(self, running: CollectorProcess, stack: ExitStack) -> None:
        self._client = running.client
        self._stack = stack

    def send(self, path: str, size: int, times: int, address: str = "10.0.0.1", most: int = 4 * MEGABYTE) -> None:
        """Begin so many bodies, each but for its last byte, or with the most bytes of it that are to be sent."""
        url = self._client.base_url
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\nContent-Type: application/json\r\n"
        begun = f"{head}Content-Length: {size}\r\n\r\n".encode() + b"[" * min(size - 1, most)
        for _ in range(times):
            connection = self._stack.enter_context(socket.create_connection((url.host, url.port or 0), timeout=60))
            connection.sendall(begun)


@pytest.fixture
def slow(running: CollectorProcess) -> Iterator[Slow]:
    """Hang up on everything in the end."""
    with ExitStack() as stack:
        yield Slow(running, stack)


def deliver(client: httpx.Client, source: str, address: str) -> httpx.Response:
    body = b"case;letters\n" + b";\n" * (3 * MEGABYTE // 2)
    headers, _ = proven("sheet", body)
    headers |= {"Content-Type": "text/csv", "X-Forwarded-For": address}
    return client.post(f"/v1/channels/{source}", content=body, headers=headers)


def test_large_bodies_keep_no_form_out(running: CollectorProcess, slow: Slow) -> None:
    """While slow deliveries take all that there is for them, forms and reports are taken as ever."""
    for name in SHEETS:
        slow.send(f"/v1/channels/{name}", 4 * MEGABYTE, 8)
    wait_for(lambda: limited(running.client, "room") >= 1, 30)
    assert running.client.post("/v1/reports", json=BODY).status_code == 202
    followed(running.client, opened(running.client, FORM).send(running.client, FILLED))


def test_one_address_takes_not_all_of_a_source(running: CollectorProcess, slow: Slow) -> None:
    """An address has its share of the room, of whatever source it speaks; from another one a sheet is taken."""
    slow.send("/v1/channels/one", 4 * MEGABYTE, 20, "8.8.8.8")
    wait_for(lambda: limited(running.client, "room") >= 1, 30)
    assert deliver(running.client, "one", "8.8.8.8").status_code == 503
    assert deliver(running.client, "one", "1.1.1.1").status_code == 200


def test_one_source_takes_not_all(running: CollectorProcess, slow: Slow) -> None:
    """A source has its share of the room, from wherever it is sent; that of another source is taken."""
    slow.send("/v1/channels/one", 4 * MEGABYTE, 20)
    wait_for(lambda: limited(running.client, "room") >= 1, 30)
    assert deliver(running.client, "one", "1.1.1.1").status_code == 503
    assert deliver(running.client, "two", "1.1.1.1").status_code == 200


def test_where_there_is_no_room_people_hear_it(running: CollectorProcess, broker: EmbeddedBroker) -> None:
    """Report, form and receipt are asked for again with 503, in their language; nothing is judged, and so rejected."""
    client, filling = running.client, {"padding": "x" * 62_000}
    form = opened(client, f"{FORM}?lang=fr")
    receipt = followed(client, opened(client, f"{FORM}?lang=pl").send(client, FILLED))
    answers: list[httpx.Response] = []

    def are_asked_again() -> bool:
        with ExitStack() as stack:  # filled anew each time, as slow bodies are let go after a while
            Slow(running, stack).send("/v1/reports", 60 << 10, 280)
            Slow(running, stack).send("/v1/reports", 20 << 10, 20)
            sent = client.post("/v1/reports", json=BODY | filling), form.send(client, FILLED | filling)
            answers[:] = [*sent, receipt.send(client, filling)]
        return [answer.status_code for answer in answers] == [503] * 3

    wait_for(are_asked_again, 60)
    assert all(answer.headers["retry-after"] for answer in answers)
    assert "renvoyez-le dans un instant" in answers[1].text
    assert "wyślij je ponownie za chwilę" in answers[2].text
    assert records(broker.address, REJECTED.name, 0) == []


def test_one_address_leaves_room_for_others(running: CollectorProcess, slow: Slow) -> None:
    """Slow reports of one address take its share of the small room, and nobody else waits."""
    slow.send("/v1/reports", 60 << 10, 300, "8.8.8.8")
    wait_for(lambda: limited(running.client, "room") >= 1, 30)
    assert running.client.post("/v1/reports", json=BODY).status_code == 202


def test_large_reports_keep_no_form_out(running: CollectorProcess) -> None:
    """While slow reports take all that there is for large ones, what people send is taken as ever."""
    client, padded = running.client, BODY | {"padding": "x" * 62_000}
    answers: list[int] = []

    def are_all_answered() -> bool:
        with ExitStack() as stack:  # filled anew each time, as slow bodies are let go after a while
            Slow(running, stack).send("/v1/reports", 60 << 10, 280)
            for most, times in ((20 << 10, 20), (2 << 10, 12), (100, 30)):  # into what room is left
                Slow(running, stack).send("/v1/reports", 60 << 10, times, most=most)
            answers[:] = [client.post("/v1/reports", json=said).status_code for said in (padded, BODY, padded)]
        return answers[0] == answers[2] == 503  # there was no room before and after

    wait_for(are_all_answered, 60)
    assert answers == [503, 202, 503]


def test_one_address_leaves_room_for_other_small_bodies(running: CollectorProcess, slow: Slow) -> None:
    """Slow bodies of the size that people send take their address's share of that room, and nobody else waits."""
    slow.send("/v1/reports", 4 << 10, 70, "8.8.8.8")
    wait_for(lambda: limited(running.client, "room") >= 1, 30)
    answers = [running.client.post("/v1/reports", json=BODY, headers={"X-Forwarded-For": a}) for a in ADDRESSES]
    assert [answer.status_code for answer in answers] == [503, 202]


def test_a_body_in_an_encoding_is_not_guessed_at(running: CollectorProcess) -> None:
    """What calls itself gzip is answered 415 with a sentence on every way in; `identity` is no encoding."""
    for path in ("/v1/channels/one", "/v1/reports", "/v1/events"):
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
        answer = running.client.post(path, json=BODY, headers=headers)
        assert (answer.status_code, answer.json()["field"]) == (415, "Content-Encoding"), path
        assert answer.json()["detail"] == "expected a body as it is, in no encoding such as gzip"
    assert running.client.post(FORM, data=FILLED, headers={"Content-Encoding": "br"}).status_code == 415
    assert running.client.post("/v1/reports", json=BODY, headers={"Content-Encoding": "Identity"}).status_code == 202
