"""A map of the world as SVG: a path for each country, a dot for those too small to be seen. Pure."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

Point = tuple[float, float]
Ring = Sequence[Point]
WIDTH: Final = 2000
_DOT: Final = 6
_LEAST_AREA: Final = 30
"""In square units; a country that covers less has a dot."""
_LEAST_PIECE: Final = 4
"""In square units; smaller islands of a country that is seen are left out."""


class Piece(NamedTuple):
    """A piece of land in the projection, and whose it is; None: nobody's by ISO 3166-1."""

    country: str | None
    rings: Sequence[Ring]


class Frame(NamedTuple):
    """Where the map lies in the projection: its left and upper edge, and how long a unit is there."""

    left: float
    top: float
    scale: float
    height: int

    def place(self, point: Point) -> tuple[int, int]:
        """Return a point in the map's units."""
        return round((point[0] - self.left) / self.scale), round((self.top - point[1]) / self.scale)


def frame_of(pieces: Iterable[Piece]) -> Frame:
    """Return the frame that holds all pieces, WIDTH wide."""
    points = [point for piece in pieces for ring in piece.rings for point in ring]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    scale = (right - left) / WIDTH
    return Frame(left, top, scale, round((top - bottom) / scale) + 1)


def shape_of(frame: Frame, pieces: Sequence[Piece]) -> str:
    """Return the SVG element of all pieces of one country, without its id."""
    placed = [[_placed(frame, ring) for ring in piece.rings] for piece in pieces]
    placed.sort(key=lambda rings: -_area(rings[0]))
    if sum(_area(rings[0]) for rings in placed) < _LEAST_AREA:
        return _dot(placed[0][0] or [frame.place(point) for point in pieces[0].rings[0]])
    kept = [rings for number, rings in enumerate(placed) if number == 0 or _area(rings[0]) >= _LEAST_PIECE]
    drawn = "".join(_path(ring) for rings in kept for ring in rings if len(ring) > 2)  # noqa: PLR2004 (a triangle)
    return f'<path d="{drawn}"'


def _placed(frame: Frame, ring: Ring) -> list[tuple[int, int]]:
    """Return the corners of a ring in the map's units, each once."""
    corners: list[tuple[int, int]] = []
    for point in ring:
        corner = frame.place(point)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    return corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners


def _path(corners: Sequence[tuple[int, int]]) -> str:
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(corners)]
    told = " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")
    return f"M{corners[0][0]} {corners[0][1]}l{told}z"


def _dot(corners: Sequence[tuple[int, int]]) -> str:
    x, y = (round(sum(corner[axis] for corner in corners) / len(corners)) for axis in (0, 1))
    return f'<circle cx="{x}" cy="{y}" r="{_DOT}"'


def _area(corners: Sequence[tuple[int, int]]) -> float:
    following = [*corners[1:], *corners[:1]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, following, strict=True))) / 2
