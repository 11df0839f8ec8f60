"""Who sends too often is told to wait, and nobody else is."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from producers.limits import Bucket, limited_as
from schemas.environment import Environment
from schemas.topics import REJECTED
from tests.brokers import EmbeddedBroker
from tests.producers.conftest import CollectorProcess, wait_until_ready
from tests.producers.form.forms import followed, opened
from tests.producers.proofs import SECRET, proven
from tests.producers.test_collector import BODY, records

SOURCE = 'source = "shop"\nchannel = "generic"\ncampaign = "w4r-2026"\nsecret_files = ["secret"]\n'
SAMPLE = b'{"id": "b-1", "case": "amara", "letters": 1}'

moments = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 20)), max_size=300)


@given(moments, st.integers(1, 60))
def test_in_any_minute_at_most_a_bucket_and_what_refills_passes(steps: list[tuple[str, float]], rate: int) -> None:
    """Of each key, in no minute more than twice the rate passes, and who waits as long as told is let through."""
    bucket, now, passed = Bucket(rate), 0.0, {"a": [0.0][:0], "b": [0.0][:0]}
    for key, pause in steps:
        now += pause
        wait = bucket.take(key, now)
        if wait:
            now += wait + 1e-6
            assert bucket.take(key, now) == 0
        passed[key].append(now)
    for times in passed.values():
        assert all(sum(start <= at < start + 60 for at in times) <= 2 * rate for start in times)


@given(st.lists(st.floats(0.5, 10), max_size=50))
def test_who_is_slower_than_the_rate_is_never_told_to_wait(pauses: list[float]) -> None:
    """At two a second, pauses of half a second and more always pass; 0 stands for no limit."""
    bucket, free, now = Bucket(120), Bucket(0), 0.0
    for pause in pauses:
        now += pause
        assert bucket.take("a", now) == 0
        assert free.take("a", 0) == 0


def test_millions_of_addresses_keep_to_their_room() -> None:
    """A flood of two million addresses is kept as some, and what was quiet for a minute is forgotten."""
    bucket = Bucket(600, most_keys=1000)
    for number in range(2_000_000):
        assert bucket.take(number, number / 1e5) == 0
    assert len(bucket) == 1000
    for number in range(1000):
        bucket.take(-1, 1e6 + number)
    assert len(bucket) == 1


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2a00:1450:4001:81b::200e", 0x2A0014504001081B),
        ("2a00:1450:4001:81b:ffff::1", 0x2A0014504001081B),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("fd00::1", None),
        ("unix", None),
        (None, None),
    ],
)
def test_what_an_address_is_limited_under(host: str | None, key: str | int | None) -> None:
    """A network of IPv6 counts as one; what nobody on the internet has is not limited."""
    assert limited_as(host) == key


@pytest.mark.parametrize("value", ["*", "proxy.example.org", "10.0.0.1/8", "10.0.0.1;10.0.0.2"])
def test_a_proxy_is_an_address_or_a_network(value: str) -> None:
    """Whoever trusted anything else would believe what anybody says of their address."""
    with pytest.raises(ValidationError, match="expected addresses or networks"):
        Environment(trusted_proxies=value)  # type: ignore[call-arg]  # the rest has defaults
    assert Environment(trusted_proxies="10.0.0.1, 10.0.0.0/8, fd00::/8")  # type: ignore[call-arg]


Run = Callable[..., CollectorProcess]


@pytest.fixture
def run(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[Run]:
    """Run a collector with settings and a source."""
    (tmp_path / "shop.toml").write_text(SOURCE)
    (tmp_path / "secret").write_text(SECRET)
    running: list[CollectorProcess] = []

    def start(**settings: str) -> CollectorProcess:
        told = {"TALLY_SOURCES": str(tmp_path / "shop.toml"), **settings}
        running.append(CollectorProcess(broker.address, campaigns, tmp_path, told))
        wait_until_ready(running[-1].client)
        return running[-1]

    yield start
    for one in running:
        one.stop()


def post(client: httpx.Client, address: str, **changes: object) -> httpx.Response:
    return client.post("/v1/reports", json=BODY | changes, headers={"X-Forwarded-For": address})


def deliver(client: httpx.Client, address: str, secret: str = SECRET) -> httpx.Response:
    headers, parameters = proven("generic", SAMPLE, secret)
    headers |= {"X-Forwarded-For": address, "Content-Type": "application/json"}
    return client.post("/v1/channels/shop", content=SAMPLE, headers=headers, params=parameters)


def limited(client: httpx.Client, by: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith(f'tally_requests_limited_total{{by="{by}"'))


def test_an_address_that_floods_waits_alone(run: Run, broker: EmbeddedBroker) -> None:
    """Behind a trusted proxy, the fourth report of a minute is 429 with when to come again; others report on.

    It is counted and not kept: nothing of it is on `rejected`, and the address is nowhere.
    """
    running = run(TALLY_TRUSTED_PROXIES="127.0.0.1", TALLY_ADDRESS_PER_MINUTE="3")
    client = running.client
    assert [post(client, "8.8.8.8").status_code for _ in range(3)] == [202] * 3
    refused = post(client, "8.8.8.8")
    assert (refused.status_code, refused.json()["reason"]) == (429, "too_many_requests")
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert client.put("/v1/reports", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 429
    assert post(client, "1.1.1.1, 8.8.4.4").status_code == 202
    assert post(client, "10.0.0.9").status_code == 202
    assert client.get("/health/live", headers={"X-Forwarded-For": "8.8.8.8"}).status_code == 200
    assert limited(client, "address") == 2
    assert records(broker.address, REJECTED.name, 0) == []
    assert b"8.8.8.8" not in running.log.read_bytes() + client.get("/metrics").content


def test_people_who_flood_see_a_page(run: Run) -> None:
    """On form and receipt, 429 is a page in the reader's language, with when to come again; then it counts."""
    client = run(TALLY_TRUSTED_PROXIES="127.0.0.1", TALLY_ADDRESS_PER_MINUTE="2").client
    client.headers["X-Forwarded-For"] = "8.8.8.8"
    form = opened(client, "/form/w4r-2026?lang=es")
    receipt = followed(client, form.send(client, {"letters[amara]": "5", "country": "ES"}))
    assert receipt.send(client).status_code == 200
    for page in (form, receipt):
        answer = page.send(client)
        assert (answer.status_code, answer.headers["content-language"]) == (429, "es")
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-store"
        assert 1 <= int(answer.headers["retry-after"]) <= 30
        assert "envíalo de nuevo dentro de un minuto" in answer.text
    assert client.post("/v1/reports", json=BODY).json()["reason"] == "too_many_requests"


def test_nobody_is_believed_who_is_not_a_named_proxy(run: Run) -> None:
    """Without a trusted proxy, what a sender says of its address is nothing."""
    client = run(TALLY_ADDRESS_PER_MINUTE="3").client
    assert {post(client, "8.8.8.8").status_code for _ in range(9)} == {202}


def test_what_is_proven_is_limited_by_its_source(run: Run) -> None:
    """Guesses from an address are 401, then 429; what is proven from the same address is taken, up to its own limit."""
    settings = {"TALLY_TRUSTED_PROXIES": "127.0.0.1", "TALLY_ADDRESS_PER_MINUTE": "3", "TALLY_SOURCE_PER_MINUTE": "5"}
    client = run(**settings).client
    wrong = "a secret of somebody else's"
    assert [deliver(client, "8.8.8.8", wrong).status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert [deliver(client, "8.8.8.8").status_code for _ in range(7)] == [200] * 5 + [429] * 2
    assert (limited(client, "address"), limited(client, "source")) == (2, 2)
