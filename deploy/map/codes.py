"""Which country a piece of Natural Earth's land is of, by ISO 3166-1. Pure.

Natural Earth draws some countries together that have codes of their own; those are told apart by where they lie.
A piece that ISO gives no code is nobody's here, and stands on the map unshaded.
"""

from typing import Final, NamedTuple

import pycountry

_BY_NUMBER: Final = {country.numeric: country.alpha_2 for country in pycountry.countries}


class _Box(NamedTuple):
    """A part of the world in degrees."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


_APART: Final = {
    "FR": {
        "GF": _Box(-56, 1, -51, 7),
        "GP": _Box(-62, 15.7, -60.9, 16.7),
        "MQ": _Box(-61.4, 14.2, -60.7, 15.1),
        "RE": _Box(54, -22, 57, -20),
        "YT": _Box(44, -14, 46, -12),
    },
    "NO": {"SJ": _Box(-10, 70.5, -7, 82), "BV": _Box(2, -56, 5, -53)},
    "NL": {"BQ": _Box(-70, 11, -62, 18)},
    "NZ": {"TK": _Box(-174, -11, -170, -7)},
    None: {"CX": _Box(104, -12, 107, -9), "CC": _Box(95, -13, 98, -11)},
}
_SVALBARD: Final = _Box(10, 74, 35, 82)


def code_of(number: str | None, longitude: float, latitude: float) -> str | None:
    """Return the alpha-2 code of a piece with a numeric code, that lies around a place."""
    country = _BY_NUMBER.get(number or "")
    if country == "NO" and _SVALBARD.holds(longitude, latitude):
        return "SJ"
    for apart, box in _APART.get(country, {}).items():
        if box.holds(longitude, latitude):
            return apart
    return country
