"""Who tells milestones as a process: a real broker, a real receiver, and kill -9 in between."""

import hmac
import time
from base64 import b64decode, b64encode
from pathlib import Path

from schemas.crossing import is_delivery
from tests.operator import asked, metrics_at
from tests.sinks.counters.conftest import Broker, wait_until
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.milestones.conftest import SECRET, Receiver, kill, on_topic, stop, telling

WORLD, CASE, COUNTRY = ("world", "all"), ("case", "case-1"), ("country", "PE")
STEPS = [("w4r-2026", "case-1", "PE", letters, 1) for letters in (9, 3, -4, 60, 932)]
"""Letters of the world, case and country come to 9, 12, 8, 68, 1000."""


class Flow:
    """Totals of two partitions, the second of which nothing is written for."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._emitters = [Emitter(states_of(STEPS)), Emitter(states_of([]), partition=1)]
        self._now = time.time_ns() // 1_000_000

    def count(self, version: int, passed_seconds: int = 1) -> None:
        """Count on to a version, some time later by the totals' own clock."""
        self._now += passed_seconds * 1000
        at = {"as_of": self._now}
        one, other = self._emitters
        self._broker.write([*one.emit(version, is_keyframe=True, **at), *other.emit(0, is_keyframe=True, **at)])

    def goes_on(self, version: int, passed_seconds: int) -> bool:
        """Say the same again some time later, as keyframes do."""
        self.count(version, passed_seconds)
        return True


def reached(*marks: tuple[tuple[str, str], int]) -> list[tuple[str, str, int, str]]:
    return sorted((*place, milestone, "reached") for place, milestone in marks)


def test_milestones_are_told_once_whatever_is_killed(broker: Broker, campaigns: Path, receiver: Receiver) -> None:
    """Reached, un-reached by a correction that stays, reached again: each once, over kill -9 and a second copy."""
    told_through_kills(broker, campaigns, receiver)


def told_through_kills(broker: Broker, campaigns: Path, receiver: Receiver) -> None:
    flow = Flow(broker)
    flow.count(1)
    with telling(broker, campaigns, receiver) as one, telling(broker, campaigns, receiver, "two") as other:
        one.wait_until("ready")
        other.wait_until("ready")
        flow.count(2)
        wait_until(lambda: len(receiver.told) == 2)
        assert sorted(receiver.told) == reached((CASE, 10), (WORLD, 10))
        kill(one)
        one.start()
        wait_until(lambda: flow.goes_on(3, 40) and len(receiver.told) == 4, 40)
        assert sorted(receiver.told[2:]) == [(*CASE, 10, "unreached"), (*WORLD, 10, "unreached")]
        kill(other)
        kill(one)
        flow.count(4)
        flow.count(5)
        one.start()
        wait_until(lambda: len(receiver.told) == 9, 40)
        assert sorted(receiver.told[4:]) == reached((CASE, 10), (COUNTRY, 50), (WORLD, 10), (WORLD, 100), (WORLD, 1000))
        wait_until(lambda: sum(map(is_delivery, on_topic(broker))) == 9)
        assert stop(one) == 0
    told = on_topic(broker)
    crossings = [said for said in told if not is_delivery(said)]
    assert len({said["crossing_id"] for said in crossings}) == len(crossings) == 9
    assert len({body for _, body in receiver.taken}) == 9  # what a kill has sent twice is the same to the byte


def test_what_is_sent_is_signed_and_says_what_happened(broker: Broker, campaigns: Path, receiver: Receiver) -> None:
    """The receiver can prove id, time and body with the secret; the body is the same at every attempt."""
    flow = Flow(broker)
    flow.count(2)
    with telling(broker, campaigns, receiver) as part:
        part.wait_until("ready")
        wait_until(lambda: len(receiver.taken) == 2)
        headers, body = next(one for one in receiver.taken if b'"world"' in one[1])
        assert asked(part.port, "ready")[0] == 200
        assert metrics_at(part.port)['tally_webhooks_total{outcome="delivered"}'] == 2
        assert "private" not in part.log.read_text()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.digest(b64decode(SECRET.removeprefix("whsec_")), signed, "sha256")
    assert headers["webhook-signature"] == "v1," + b64encode(mac).decode()
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    assert b'"title":"Write for <Rights> 2026: 10 letters, reached"' in body


def test_a_receiver_that_refuses_one_gets_the_others(broker: Broker, campaigns: Path, receiver: Receiver) -> None:
    """A refused milestone keeps no other waiting, is told to the operator, and is delivered once the receiver is well.

    A redirect is no delivery, and is not followed.
    """
    flow = Flow(broker)
    receiver.answer = lambda said: 307 if said["data"]["scope"] == "case" else 200
    flow.count(5)
    with telling(broker, campaigns, receiver) as part:
        wait_until(lambda: len(receiver.told) == 4, 40)
        wait_until(lambda: metrics_at(part.port)["tally_webhooks_waiting"] == 1)
        assert sorted(receiver.told) == reached((COUNTRY, 50), (WORLD, 10), (WORLD, 100), (WORLD, 1000))
        status, said = asked(part.port, "ready")
        assert (status, "status 307" in said) == (200, True)
        assert set(receiver.asked) == {"/hook?token=private"}
        kill(part)
        receiver.answer = lambda _: 200
        part.start()
        wait_until(lambda: len(receiver.told) == 5, 40)
        assert receiver.told[-1] == (*CASE, 10, "reached")
        wait_until(lambda: metrics_at(part.port).get("tally_webhooks_waiting") == 0)


def test_without_a_webhook_the_topic_is_told_all_the_same(broker: Broker, campaigns: Path) -> None:
    """Without an address nothing is sent, and milestones are on the topic."""
    flow = Flow(broker)
    flow.count(2)
    with telling(broker, campaigns) as part:
        part.wait_until("ready")
        wait_until(lambda: len(on_topic(broker)) == 2)
        assert stop(part) == 0


def test_a_new_epoch_tells_nothing_again(broker: Broker, campaigns: Path, receiver: Receiver) -> None:
    """While a log is counted anew nothing is told; complete, it tells what is new in it."""
    flow = Flow(broker)
    flow.count(2)
    with telling(broker, campaigns, receiver) as part:
        wait_until(lambda: len(receiver.told) == 2, 40)
        broker.open_epoch(2, [5, 0])
        now = time.time_ns() // 1_000_000 + 600_000
        anew = [Emitter(states_of(STEPS), epoch=2), Emitter(states_of([]), partition=1, epoch=2)]
        broker.write(anew[1].emit(0, is_keyframe=True, as_of=now))
        broker.write(anew[0].emit(1, is_keyframe=True, as_of=now))
        broker.write(anew[0].emit(3, as_of=now + 100_000))
        broker.write(anew[0].emit(5, as_of=now + 200_000))
        wait_until(lambda: len(receiver.told) == 5, 40)
        assert sorted(receiver.told[2:]) == reached((COUNTRY, 50), (WORLD, 100), (WORLD, 1000))
        assert stop(part) == 0
    assert len(receiver.taken) == 5
