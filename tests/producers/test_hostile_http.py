"""A collector among those who mean no good: answers below 500 (or 503), bounded memory, and room for everybody else."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.channels.known import CHANNELS
from tests.brokers import EmbeddedBroker
from tests.counting import Worker, embedded_broker, shown_totals
from tests.histories import recount
from tests.parts import Part, make_collector
from tests.producers.hostile import BODIES, FORM, JSON, MOST_MEMORY, RAW, WORKBOOKS, peak_of, statuses_of
from tests.producers.proofs import SECRET, proven
from tests.producers.test_corrections import reports_on

GOOD = {"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "amara", "letters": 5}]}
BOUNDED_SECONDS = 60
"""Far beyond what anything here takes; a hang would not end."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[EmbeddedBroker]:
    with embedded_broker(folder) as broker:
        yield broker


@pytest.fixture(scope="module")
def part(broker: EmbeddedBroker, folder: Path) -> Iterator[Part]:
    """Run one collector with a source of each channel for all tests: what one of them breaks shows in the next."""
    (folder / "secret").write_text(SECRET)
    for name in CHANNELS:
        said = f'source = "from-{name}"\nchannel = "{name}"\ncampaign = "w4r-2026"\nsecret_files = ["secret"]\n'
        (folder / f"{name}.toml").write_text(said)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALLY_SOURCES", str(folder))
        part = make_collector(broker.address, folder / "collector")
    part.start()
    try:
        part.wait_until("ready")
        yield part
    finally:
        part.end()


@pytest.fixture
def client(part: Part) -> Iterator[httpx.Client]:
    """Return a client; after each test the collector must be the same process, small, and take a good report."""
    with httpx.Client(base_url=f"http://127.0.0.1:{part.port}", timeout=BOUNDED_SECONDS, trust_env=False) as client:
        yield client
        assert client.post("/v1/reports", json=GOOD).status_code == 202
    assert part.process is not None
    assert part.process.poll() is None
    assert peak_of(part.process.pid) < MOST_MEMORY
    assert b"Traceback" not in part.log.read_bytes()
    assert b'"fault"' not in part.log.read_bytes()


def is_told(answer: httpx.Response) -> bool:
    """Return whether an answer is a success, or says in problem+json what is wrong."""
    if answer.is_success:
        return True
    told = answer.json()
    is_problem = answer.headers["content-type"] == "application/problem+json" and told["status"] == answer.status_code
    return is_problem and bool(told["title"]) and (answer.status_code < 500 or answer.status_code == 503)


@pytest.mark.parametrize("body", BODIES)
def test_a_hostile_body_is_refused_by_name(client: httpx.Client, body: str) -> None:
    """Whatever is in a body, the own interface refuses it as one of the sender's mistakes."""
    content_type, content = BODIES[body]
    for method in ("POST", "PUT"):
        headers = {"Content-Type": content_type, "Idempotency-Key": body}
        answer = client.request(method, "/v1/reports", content=content, headers=headers)
        assert answer.status_code in {400, 413, 422}, answer.text
        assert is_told(answer)
        assert answer.json()["reason"] in {"unreadable", "bad_value", "too_large", "missing_field"}


@pytest.mark.parametrize("name", CHANNELS)
def test_a_source_may_send_anything(client: httpx.Client, name: str) -> None:
    """What is proven is answered 200 whatever it says, and counts nothing."""
    for _, content in BODIES.values():
        headers, parameters = proven(name, content)
        answer = client.post(f"/v1/channels/from-{name}", content=content, headers=headers, params=parameters)
        assert (answer.status_code, answer.json()["counted"]) == (200, 0)


def test_a_hostile_workbook_is_refused(client: httpx.Client) -> None:
    """Zip bombs, entities and references outwards are refused, all of them at once too."""
    headers, _ = proven("sheet", b"")

    def send(content: bytes) -> httpx.Response:
        return client.post("/v1/channels/from-sheet", content=content, headers=headers)

    with ThreadPoolExecutor(len(WORKBOOKS)) as pool:
        for answer in pool.map(send, WORKBOOKS.values()):
            assert (answer.status_code, answer.json()["counted"]) == (200, 0)
            assert len(answer.json()["rejected"]) == 1


@pytest.mark.parametrize("sent", RAW)
def test_broken_http_ends_in_bounded_time(client: httpx.Client, part: Part, sent: str) -> None:
    """What is no proper request is refused or hung up on."""
    assert all(status < 500 for status in statuses_of(part.port, [RAW[sent]]))
    assert client.get("/health/live").status_code == 200


HEAD = "POST /v1/channels/from-sheet HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        (f"Content-Length: {100 << 20}", b"a" * (1 << 20)),
        ("Transfer-Encoding: chunked", b"100000\r\n" + b"a" * (1 << 20) + b"\r\n"),
    ],
)
def test_a_body_of_100_megabytes_is_refused(client: httpx.Client, part: Part, head: str, chunk: bytes) -> None:
    """With its length or in chunks, it is received, not kept, and its sender hears why."""
    end = b"0\r\n\r\n" if "chunked" in head else b""
    sent = [f"{HEAD}{head}\r\n\r\n".encode(), *[chunk] * 100, end]
    assert statuses_of(part.port, sent, is_whole=False) == [413]
    assert client.get("/health/live").status_code == 200


ENDLESS = {
    "trailers": [b"a: b\r\n" * (1 << 15)] * 400,
    "a trailer": [b"a: ", *[b"b" * (1 << 18)] * 400],
    "a chunk's extension": [b"5;", *[b"x" * (1 << 18)] * 400],
}


@pytest.mark.parametrize("endless", ENDLESS)
@pytest.mark.parametrize("path", ["/v1/reports", "/v1/channels/from-sheet", "/nowhere"])
def test_what_stands_around_chunks_is_bounded(client: httpx.Client, part: Part, path: str, endless: str) -> None:
    """Nobody sends 100 MB as what follows or describes chunks: it is refused before long, and not kept."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    last = [] if endless.startswith("a chunk") else [b"1\r\n{\r\n0\r\n"]
    assert part.process is not None
    before, taken = peak_of(part.process.pid), []

    def sent() -> Iterator[bytes]:
        for piece in [head.encode(), *last, *ENDLESS[endless]]:
            taken.append(len(piece))
            yield piece

    assert set(statuses_of(part.port, sent(), is_whole=False)) <= {404, 431}
    assert sum(taken) < 50 << 20
    assert peak_of(part.process.pid) - before < 32 << 20
    assert client.get("/health/live").status_code == 200


def test_a_trailer_is_no_header(client: httpx.Client) -> None:
    """A body with trailers is taken, and what they say proves nothing."""
    body = b'{"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "amara", "letters": 5}]}'
    for path, status in ((b"/v1/reports", 202), (b"/v1/channels/from-sheet", 401)):
        head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n" % path
        chunks = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n" % (len(body), body)
        sent = head + chunks + f"Authorization: Bearer {SECRET}\r\nX-Checksum: 1\r\n\r\n".encode()
        assert statuses_of(client.base_url.port or 0, [sent], is_whole=False) == [status]


def test_a_large_body_that_asks_first_is_not_sent(client: httpx.Client, part: Part) -> None:
    """Who says the length and waits for leave, as curl does, is refused before anything is sent."""
    head = f"{HEAD}Content-Length: {100 << 20}\r\nExpect: 100-continue\r\n\r\n"
    assert statuses_of(part.port, [head.encode()], is_whole=False) == [413]
    assert client.get("/health/live").status_code == 200


def dripping(head: bytes, drip: bytes) -> list[bytes]:
    """Return what is sent a byte a second for as long as it is taken."""
    return [head, *[drip] * BOUNDED_SECONDS]


def test_slow_senders_are_let_go_while_others_are_served(client: httpx.Client, part: Part) -> None:
    """Bodies, heads and rests that come a byte a second, or not at all, end with 408; 200 idle ones keep nobody out."""
    post = "POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
    slow = {
        "body": dripping(f"{post}100\r\n\r\n".encode(), b" "),
        "lying length": [f"{post}{60 << 10}\r\n\r\n{{".encode()],
        "head": dripping(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a"),
        "silent": list[bytes](),
        "rest": dripping(b"GET /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", b"a"),
        "blank lines": dripping(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n"),
    }
    with ThreadPoolExecutor(len(slow)) as pool, ExitStack() as idle:
        told = {"is_whole": False, "pause_seconds": 1}
        ends = {what: pool.submit(statuses_of, part.port, sent, **told) for what, sent in slow.items()}
        for _ in range(200):
            idle.enter_context(socket.create_connection(("127.0.0.1", part.port)))
        while wait(ends.values(), timeout=0.2).not_done:
            assert client.post("/v1/reports", json=GOOD).status_code == 202
        ended = {what: end.result() for what, end in ends.items()}
    assert ended == {
        "body": [408],
        "lying length": [408],
        "head": [408],
        "silent": [408],
        "rest": [200, 408],
        "blank lines": [200, 408],
    }


def test_many_large_bodies_at_once_are_bounded(client: httpx.Client, part: Part) -> None:
    """Of bodies that nobody has proven, only so much is kept at once: the others hear 503 and to try again."""
    head = f"{HEAD}Content-Length: {4 << 20}\r\n\r\n".encode()
    with ThreadPoolExecutor(40) as pool:
        half = [head, b"a" * (3 << 20)]  # 120 MB of them
        ended = list(pool.map(lambda _: statuses_of(part.port, half, is_whole=False), range(40)))
    assert {status for statuses in ended for status in statuses} == {408, 503}
    assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/reports/", 404),
        ("POST", "/v1/channels/%2e%2e%2freports", 404),
        ("POST", "/v1/channels/from-sheet/", 404),
        ("POST", "/v1/channels/" + "a" * 60_000, 404),
        ("POST", "/v1/channels/from-sheet%00", 404),
        ("GET", "/v1/reports", 405),
        ("DELETE", "/v1/reports", 405),
        ("PROPFIND", "/v1/reports", 405),
        ("GET", "/v1/channels/from-sheet", 405),
        ("POST", "/metrics", 405),
    ],
)
def test_a_wrong_address_or_method_is_told(client: httpx.Client, method: str, path: str, status: int) -> None:
    """Where no route answers, problem+json says so, and how the address may be asked."""
    url = httpx.URL(client.base_url).copy_with(raw_path=path.encode())
    answer = client.request(method, url)
    assert (answer.status_code, is_told(answer)) == (status, True)
    if path == "/v1/reports":
        assert answer.headers["allow"] == "POST, PUT"


def test_what_a_validation_says_is_told_in_our_words(client: httpx.Client) -> None:
    """No word of the library that validates stands before what was expected."""
    told = client.post("/v1/reports", json={**GOOD, "written_at": "yesterday"}).json()
    assert told["detail"].startswith("expected a date")


PATHS = ("/v1/reports", "/v1/channels/nobody", *(f"/v1/channels/from-{name}" for name in CHANNELS))
HEADER_BYTES = [byte for byte in range(0x21, 0x100) if byte != 0x7F]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_random_requests_are_answered(client: httpx.Client, data: st.DataObject) -> None:
    """Random methods, addresses, types and bodies, proven or not, are answered and never a fault."""
    path = data.draw(st.sampled_from(PATHS))
    body = data.draw(st.binary(max_size=300) | JSON_VALUES.map(lambda said: str(said).encode("utf-8", "replace")))
    headers = {"Content-Type": data.draw(st.sampled_from([JSON, FORM, "text/csv", "x", ""]))}
    key = data.draw(st.none() | st.lists(st.sampled_from(HEADER_BYTES), max_size=20).map(bytes))
    parameters: dict[str, str] = {}
    name = path.removeprefix("/v1/channels/from-")
    if name in CHANNELS and data.draw(st.booleans()):
        proof, parameters = proven(name, body)
        headers |= proof
    sent = [(name.encode(), said.encode()) for name, said in headers.items()]
    if key is not None:
        sent.append((b"Idempotency-Key", key))
    method = data.draw(st.sampled_from(["POST", "PUT", "GET"]))
    answer = client.request(method, path, content=body, headers=sent, params=parameters)
    assert is_told(answer), answer.text


@settings(max_examples=100)
@given(st.binary(max_size=300), st.sampled_from([b"", *RAW.values()]))
def test_random_bytes_are_answered_or_hung_up_on(part: Part, noise: bytes, before: bytes) -> None:
    """Bytes that are no HTTP, alone or behind a request, are no fault."""
    assert all(status < 500 for status in statuses_of(part.port, [before + noise]))


def test_after_all_of_it_a_good_report_counts(client: httpx.Client, part: Part, broker: EmbeddedBroker) -> None:
    """Everything at once, and then the totals are those of what was accepted."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda sent: statuses_of(part.port, [sent]), RAW.values()))
        for content_type, content in BODIES.values():
            pool.submit(client.post, "/v1/reports", content=content, headers={"Content-Type": content_type})
    told = client.post("/v1/reports", json=GOOD).json()["reports"]
    accepted = reports_on(broker.address)
    assert {report["report_id"] for report in told} <= {report["report_id"] for report in accepted}
    worker = Worker(broker.address, part.folder / "worker")
    worker.start()
    try:
        enough = recount(accepted)
        assert shown_totals(broker.address, enough, 60) == enough
    finally:
        worker.end()
