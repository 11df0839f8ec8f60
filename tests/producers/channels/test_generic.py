"""What the generic webhook takes for a number."""

import json

import pytest

from producers.channels.generic.read import read
from producers.channels.reading import Delivery, Draft, Refused
from producers.channels.source import Source

SOURCE = Source(source="shop", channel="generic", campaign="w4r-2026")


def reading_of(**said: object) -> object:
    body = json.dumps({"id": "a-1", "case": "amara"} | said).encode()
    (reading,) = read(Delivery(body, {}, 0), SOURCE)
    return reading


def test_a_whole_number_may_have_a_point() -> None:
    """Programs without whole numbers write 6.0, which is 6."""
    reading = reading_of(letters=6.0)
    assert isinstance(reading, Draft)
    assert reading.letters == 6


@pytest.mark.parametrize("letters", [1.5, "6", True, None, [6], float("inf"), float("nan"), 1e20])
def test_anything_else_is_no_number(letters: object) -> None:
    """Half a letter, a text, and a switch are refused by the field's name."""
    reading = reading_of(letters=letters)
    assert isinstance(reading, Refused)
    assert reading.reason in {"bad_value", "unreadable"}
