from schemas.crossing import Crossing, crossing_id
from sinks.milestones.deliveries import PAUSES_SECONDS, Deliveries


def crossing_of(milestone: int) -> Crossing:
    return {
        "crossing_id": crossing_id(("c", "world", "all", milestone), 1),
        "campaign": "c",
        "scope": "world",
        "member": "all",
        "milestone": milestone,
        "is_goal": False,
        "state": "reached",
        "ordinal": 1,
        "letters": milestone,
        "as_of": 0,
        "epoch": 1,
        "versions": [],
    }


TEN, HUNDRED = crossing_of(10), crossing_of(100)


def test_what_was_told_first_is_delivered_first() -> None:
    """Of what waits the earliest is due, and again until it is delivered."""
    deliveries = Deliveries()
    for crossing in (TEN, HUNDRED, TEN):
        deliveries.offer(crossing)
    assert (deliveries.due(0), deliveries.waiting) == (TEN, 2)
    deliveries.succeed(TEN["crossing_id"], 5)
    assert (deliveries.due(0), deliveries.waiting) == (HUNDRED, 1)
    assert deliveries.unwritten == [{"crossing_id": TEN["crossing_id"], "delivered_at": 5}]
    deliveries.offer(TEN)  # the topic does not say so yet
    deliveries.forget(TEN["crossing_id"])
    assert (deliveries.unwritten, deliveries.waiting) == ([], 1)


def test_what_was_refused_keeps_no_other_waiting() -> None:
    """A failure puts one off, longer each time, while the others are due."""
    deliveries = Deliveries()
    deliveries.offer(TEN)
    assert deliveries.fail(TEN["crossing_id"], 0) == "again"
    assert deliveries.due(4.9) is None
    deliveries.offer(HUNDRED)
    assert deliveries.due(0) == HUNDRED
    assert deliveries.due(5) == HUNDRED
    deliveries.succeed(HUNDRED["crossing_id"], 0)
    assert deliveries.due(5) == TEN
    assert deliveries.fail(TEN["crossing_id"], 5) == "again"
    assert (deliveries.due(34), deliveries.due(35)) == (None, TEN)


def test_attempts_end() -> None:
    """After three days of failures one is given up: it is due no more, and still counted as not delivered."""
    deliveries, now = Deliveries(), 0.0
    deliveries.offer(TEN)
    attempts = 1
    while (after := deliveries.fail(TEN["crossing_id"], now)) == "again":
        now += PAUSES_SECONDS[attempts - 1]
        assert deliveries.due(now) == TEN
        attempts += 1
    assert (after, attempts) == ("given_up", len(PAUSES_SECONDS) + 1)
    assert 3 * 86_400 - 3600 < now <= 3 * 86_400
    assert (deliveries.due(now * 2), deliveries.waiting) == (None, 1)


def test_what_another_copy_delivered_is_let_go() -> None:
    """Where the topic says during an attempt that it was delivered, its failure is nobody's concern."""
    deliveries = Deliveries()
    deliveries.offer(TEN)
    deliveries.forget(TEN["crossing_id"])
    assert deliveries.fail(TEN["crossing_id"], 0) == "nothing"
    assert deliveries.due(9999) is None
