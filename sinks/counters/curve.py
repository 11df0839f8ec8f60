"""The day's letters as a line to draw. Pure."""

from collections.abc import Sequence
from typing import Final

WIDTH: Final = 144
"""The ten-minute steps of a day; one of 25 hours goes on past the edge of 23 or 24 as far as it must."""
HEIGHT: Final = 40


def path_of(letters: Sequence[int]) -> str:
    """Return the outline of a day's letters by steps, as an SVG path that closes on the ground."""
    most = max(letters, default=0)
    if most <= 0:
        return ""
    tops = [f"V{round(HEIGHT - HEIGHT * max(0, one) / most, 2):g}H{step + 1}" for step, one in enumerate(letters)]
    return f"M0 {HEIGHT}{''.join(tops)}V{HEIGHT}Z"
