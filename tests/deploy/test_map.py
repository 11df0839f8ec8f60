"""How the map of the page is drawn from Natural Earth."""

from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.map.codes import code_of
from deploy.map.drawing import Piece, frame_of, shape_of
from deploy.map.projection import projected


def area_of(ring: list[tuple[float, float]]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def square_at(longitude: float, latitude: float, side: float = 0.01) -> list[tuple[float, float]]:
    east, north = longitude + side, latitude + side
    return [(longitude, latitude), (east, latitude), (east, north), (longitude, north)]


@given(st.floats(min_value=-168, max_value=190), st.floats(min_value=-80, max_value=80))
def test_areas_stay_equal(longitude: float, latitude: float) -> None:
    """A small square covers on the map what it covers on Earth, wherever it lies."""
    on_map = area_of(projected(square_at(longitude, latitude)))
    on_earth = radians(0.01) ** 2 * cos(radians(latitude + 0.005))
    assert on_map / on_earth == pytest.approx(1, rel=1e-3)


def test_land_across_the_date_line_stays_in_one_piece() -> None:
    """A ring that jumps from 180° east to 180° west is as wide as it is, not as the world."""
    ring = projected([(178, 66), (-178, 66), (-178, 67), (178, 67)])
    assert max(x for x, _ in ring) - min(x for x, _ in ring) < 0.1


@pytest.mark.parametrize(
    ("number", "longitude", "latitude", "country"),
    [
        ("250", 2.4, 46.6, "FR"),
        ("250", -53, 4, "GF"),
        ("250", 55.5, -21.1, "RE"),
        ("578", 10, 61, "NO"),
        ("578", 18, 78, "SJ"),
        ("528", -68.3, 12.2, "BQ"),
        (None, 105.6, -10.5, "CX"),
        (None, 20.9, 42.6, None),
    ],
)
def test_a_piece_belongs_to_the_code_of_where_it_lies(
    number: str | None, longitude: float, latitude: float, country: str | None
) -> None:
    """What Natural Earth draws together and ISO tells apart is told apart; what ISO gives no code has none."""
    assert code_of(number, longitude, latitude) == country


def test_who_is_too_small_to_be_seen_has_a_dot() -> None:
    """A large country is a path in whole units, a tiny one a circle."""
    large = Piece("FR", [[(-1.0, -0.5), (1.0, -0.5), (1.0, 0.5), (-1.0, 0.5)]])
    tiny = Piece("NR", [[(0.0, 0.0), (0.001, 0.0), (0.001, 0.001)]])
    frame = frame_of([large, tiny])
    assert shape_of(frame, [large]) == '<path d="M0 1000l2000 0 0-1000-2000 0z"'
    assert shape_of(frame, [tiny]).startswith('<circle cx="100')
