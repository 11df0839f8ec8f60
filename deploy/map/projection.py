"""Equal Earth (Šavrič, Patterson, Jenny 2018): a country's area on the map is its area on Earth. Pure."""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Final

Point = tuple[float, float]
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_MIDDLE: Final = 11.0
"""The map's central meridian; opposite to it lies the Bering Strait, so that the map's edge cuts no mainland."""


def projected(ring: Sequence[Point]) -> list[Point]:
    """Return a ring of longitudes and latitudes on the map, in one piece where it crosses the edge."""
    longitudes = _unwrapped(ring)
    mean = sum(longitudes) / len(longitudes)
    shift = _around(mean, _MIDDLE) - mean
    return [_place(longitude + shift, point[1]) for longitude, point in zip(longitudes, ring, strict=True)]


def _unwrapped(ring: Sequence[Point]) -> list[float]:
    """Return the longitudes without a jump where the date line is crossed."""
    longitudes = [ring[0][0]]
    for longitude, _ in ring[1:]:
        longitudes.append(_around(longitude, longitudes[-1]))
    return longitudes


def _around(longitude: float, middle: float) -> float:
    """Return the same meridian, named as within half a turn of another."""
    return (longitude - middle + 180) % 360 - 180 + middle


def _place(longitude: float, latitude: float) -> Point:
    angle = asin(sqrt(3) / 2 * sin(radians(latitude)))
    square = angle * angle
    sixth = square**3
    slope = 9 * _A4 * square * sixth + 7 * _A3 * sixth + 3 * _A2 * square + _A1
    x = 2 * sqrt(3) / 3 * radians(longitude - _MIDDLE) * cos(angle) / slope
    return x, angle * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
