"""How dark a country stands on the map: one step more for ten times the letters. Pure."""

from typing import Final

EDGES: Final = (1, 10, 100, 1_000, 10_000, 100_000)
"""From how many letters on each step is; below the first there are none."""


def shade_of(letters: int) -> int:
    """Return the step of so many letters: 0 where there are none."""
    return sum(letters >= edge for edge in EDGES)
