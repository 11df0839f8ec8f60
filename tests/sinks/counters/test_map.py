"""The map, its shades, and the curve of the day."""

import re

import pytest

from schemas.countries import COUNTRIES
from schemas.report import UNKNOWN_COUNTRY
from sinks.counters.curve import path_of
from sinks.counters.page_files import MAP_CODES, file_of
from sinks.counters.shades import EDGES, shade_of


def test_every_country_is_on_the_map() -> None:
    """Each country of ISO 3166-1 is drawn once, but Antarctica and an island where nobody lives."""
    assert len(MAP_CODES) == len(set(MAP_CODES))
    assert set(MAP_CODES) == COUNTRIES - {UNKNOWN_COUNTRY, "AQ", "BV"}


def test_the_map_is_small_and_says_its_source() -> None:
    """It is under 120 kB, names Natural Earth, and holds shapes alone: no script, no style, no address."""
    drawn = file_of("world.svg")
    assert drawn is not None
    text = drawn.content.decode()
    assert len(drawn.content) < 120_000
    assert "Natural Earth (public domain)" in text
    assert set(re.findall(r"<(\w+)", text)) == {"svg", "path", "circle"}


def test_a_step_is_ten_times_the_letters() -> None:
    """Nobody's letters are step 0, and each edge begins a step of its own."""
    assert [shade_of(letters) for letters in (0, 1, 9, 10, 99, 100_000, 5_000_000)] == [0, 1, 1, 2, 2, 6, 6]
    assert [shade_of(edge) for edge in EDGES] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("letters", "path"),
    [
        ([], ""),
        ([0, 0], ""),
        ([5], "M0 40V0H1V40Z"),
        ([1, 4, 0], "M0 40V30H1V0H2V40H3V40Z"),
        ([-3, 4], "M0 40V40H1V0H2V40Z"),
    ],
)
def test_the_curve_stands_on_the_ground(letters: list[int], path: str) -> None:
    """The highest step reaches the top, none goes below the ground, and where there is nothing nothing is drawn."""
    assert path_of(letters) == path
