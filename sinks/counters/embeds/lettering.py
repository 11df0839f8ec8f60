"""How wide a text is in the letters of badges, and whether they have all of its characters."""

from functools import lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

import uharfbuzz

FONT_FAMILY: Final = "DejaVu Sans"
FONT: Final = files("sinks.counters.embeds") / "font" / "letters.ttf"
_FACE: Final = uharfbuzz.Face(FONT.read_bytes())
_SHAPED_BY: Final = uharfbuzz.Font(_FACE)


class Measure(NamedTuple):
    """The width in units of the font's size, and whether all characters are there."""

    width: float
    is_complete: bool


@lru_cache(maxsize=1024)
def measure(text: str) -> Measure:
    """Return how wide a text is; a character that is not there counts as a square, as other fonts have it."""
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(_SHAPED_BY, buffer)
    missing = [glyph.codepoint == 0 for glyph in buffer.glyph_infos]
    widths = (
        1.0 if is_missing else position.x_advance / _FACE.upem
        for is_missing, position in zip(missing, buffer.glyph_positions, strict=True)
    )
    return Measure(sum(widths), not any(missing))
