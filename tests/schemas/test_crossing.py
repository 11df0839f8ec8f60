from typing import Any

import pytest
from pydantic import ValidationError

from schemas.crossing import (
    Crossing,
    Delivery,
    crossing_id,
    decode_milestone,
    feed_id,
    mark_of,
    milestone_key,
    state_of,
)
from schemas.wire import encode

MARK = ("w4r-2026", "country", "PE", 1000)
CROSSING: Crossing = {
    "crossing_id": "b0f3d7a0-0000-5000-8000-000000000000",
    "campaign": "w4r-2026",
    "scope": "country",
    "member": "PE",
    "milestone": 1000,
    "is_goal": False,
    "state": "unreached",
    "ordinal": 2,
    "letters": 990,
    "as_of": 1_796_860_800_000,
    "epoch": 1,
    "versions": [7, 9],
}
CROSSING["crossing_id"] = crossing_id(MARK, 2)  # type: ignore[arg-type]  # a mark
DELIVERY: Delivery = {"crossing_id": CROSSING["crossing_id"], "delivered_at": 1_796_860_800_001}


@pytest.mark.parametrize("said", [CROSSING, DELIVERY])
def test_what_is_told_comes_back_as_it_went(said: Crossing | Delivery) -> None:
    """A crossing and its delivery are told apart by their keys, and are unchanged."""
    assert decode_milestone(milestone_key(said), encode(said)) == said


def test_an_id_is_that_of_the_crossing() -> None:
    """The id depends on milestone and ordinal alone, and no two are the same."""
    assert mark_of(CROSSING) == MARK
    ids = {crossing_id((c, "world", "all", m), o) for c in ("a", "b") for m in (1, 10) for o in (1, 2)}
    assert len(ids | {feed_id("a"), feed_id("b")}) == 10
    assert crossing_id(MARK, 2) == CROSSING["crossing_id"]  # type: ignore[arg-type]  # a mark


def test_crossings_alternate() -> None:
    """The first crossing reaches, the second takes back, the third reaches again."""
    assert [state_of(ordinal) for ordinal in (1, 2, 3)] == ["reached", "unreached", "reached"]


@pytest.mark.parametrize(
    "said",
    [
        {**CROSSING, "state": "reached"},
        {**CROSSING, "ordinal": 4},
        {**CROSSING, "milestone": 999},
        {**CROSSING, "milestone": 0},
        {**CROSSING, "scope": "event"},
        {"crossing_id": CROSSING["crossing_id"]},
    ],
)
def test_what_does_not_belong_together_is_refused(said: dict[str, Any]) -> None:
    """A crossing whose id or state is another's, or that lacks something, is not taken for one."""
    with pytest.raises(ValidationError):
        decode_milestone(said["crossing_id"].encode(), encode(said))
