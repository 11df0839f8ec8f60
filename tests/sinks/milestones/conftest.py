import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import kafka
import orjson
import pytest

from schemas.crossing import Crossing, Delivery, decode_milestone
from schemas.topics import MILESTONES
from tests.parts import Part
from tests.sinks.counters.conftest import CAMPAIGN, PARTITIONS, Broker

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 (the published example of the specification)
MARKED = CAMPAIGN.replace("goal = 1000\n", "goal = 1000\nmilestones = [10, 100]\ncountry_milestones = [50]\n").replace(
    'case = "case-1"', 'case = "case-1"\nmilestones = [10]'
)


class Receiver:
    """A webhook's receiver on loopback that keeps what it was sent, and answers as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.asked: list[str] = []
        self.answer: Callable[[dict[str, Any]], int] = lambda _: 204
        receiver = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answer(orjson.loads(body))
                receiver.asked.append(self.path)
                if 200 <= status < 300:
                    receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Be quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?token=private"

    @property
    def told(self) -> list[tuple[str, str, int, str]]:
        """What it took: scope, member, milestone, state; of one id once, as the specification asks of receivers."""
        data = {headers["webhook-id"]: orjson.loads(body)["data"] for headers, body in list(self.taken)}.values()
        return [(one["scope"], one["member"], one["milestone"], one["state"]) for one in data]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    broker.open_epoch(1, [0, 0])
    yield broker
    broker.stop()


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


@contextmanager
def telling(broker: Broker, campaigns: Path, receiver: Receiver | None = None, name: str = "one") -> Iterator[Part]:
    """Run `python -m sinks.milestones` and end it whatever happens."""
    settings = {
        "TALLY_KAFKA": broker.servers,
        "TALLY_PARTITIONS": str(PARTITIONS),
        "TALLY_CAMPAIGNS": str(campaigns),
        "TALLY_SESSION_TIMEOUT_SECONDS": "6",
    }
    if receiver:
        settings |= {"TALLY_MILESTONES_URL": receiver.url, "TALLY_MILESTONES_SECRET": SECRET}
    part = Part(campaigns.parent / name, ["sinks.milestones"], settings)
    part.start()
    try:
        yield part
    finally:
        part.end()


def stop(part: Part) -> int:
    assert part.process is not None
    part.process.send_signal(signal.SIGTERM)
    return part.process.wait(20)


def kill(part: Part) -> None:
    assert part.process is not None
    os.kill(part.process.pid, signal.SIGKILL)
    part.process.wait()


def on_topic(broker: Broker) -> list[Crossing | Delivery]:
    """Return all that lies on `milestones`."""
    only = kafka.TopicPartition(MILESTONES.name, 0)
    with closing(
        kafka.KafkaConsumer(bootstrap_servers=broker.servers, enable_auto_commit=False, allow_auto_create_topics=False)
    ) as consumer:
        consumer.assign([only])
        consumer.seek_to_beginning(only)
        end = consumer.end_offsets([only])[only]
        found: list[Crossing | Delivery] = []
        while consumer.position(only) < end:
            found += [decode_milestone(one.key, one.value) for one in consumer.poll(timeout_ms=200).get(only, ())]
    return found
