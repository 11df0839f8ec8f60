"""A badge as SVG: a label and a number. Pure; nothing that is said in it can become markup."""

from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from schemas.reader import Reader
from sinks.counters.embeds.lettering import FONT_FAMILY, measure
from sinks.counters.embeds.subject import Subject
from sinks.counters.xml_text import NO_XML

LOWEST: Final = 16
HIGHEST: Final = 96
USUAL: Final = 24
MOST_LABEL: Final = 60
_MOST_DRAWN: Final = 80
"""A name in a campaign's file may be longer: what is over ends in an ellipsis, and stands whole in the title."""
_UNITS: Final = 24
_SIZE: Final = 13
_PADDING: Final = 8
# White on each is 8:1 or more (WCAG AAA); the edge is 3:1 or more on white as on black.
_INK, _LABEL, _FRESH, _STALE, _EDGE = "#ffffff", "#333333", "#14532d", "#4a4a4a", "#808080"
_ISOLATED: Final = {"ltr": "\u2066{}\u2069", "rtl": "\u2067{}\u2069"}


class Badge(NamedTuple):
    """What is drawn, in pixels; the same for as long as number and words are."""

    label: str
    number: str
    is_fresh: bool
    direction: str
    language: str
    height: int

    @property
    def width(self) -> int:
        """The width in pixels."""
        return round((self._width_of(self.label) + self._width_of(self.number)) * self.height / _UNITS)

    @property
    def can_be_drawn(self) -> bool:
        """Whether the letters have every character; a browser has other letters too."""
        return measure(self.label).is_complete and measure(self.number).is_complete

    def svg(self, title: str) -> str:
        """Return the picture; the title is for those who can't see it, or point at it."""
        said, label, number = _xml(title), self._width_of(self.label), self._width_of(self.number)
        is_rtl = self.direction == "rtl"
        at_label, at_number = (number, 0) if is_rtl else (0, label)
        fill = _FRESH if self.is_fresh else _STALE
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {label + number} {_UNITS}" preserveAspectRatio="none" role="img" aria-label="{said}" '
            f'xml:lang="{_xml(self.language)}"><title>{said}</title>'
            f'<clipPath id="c"><rect width="{label + number}" height="{_UNITS}" rx="4"/></clipPath>'
            f'<g clip-path="url(#c)"><rect x="{at_label}" width="{label}" height="{_UNITS}" fill="{_LABEL}"/>'
            f'<rect x="{at_number}" width="{number}" height="{_UNITS}" fill="{fill}"/></g>'
            f'<rect x=".5" y=".5" width="{label + number - 1}" height="{_UNITS - 1}" rx="3.5" fill="none" '
            f'stroke="{_EDGE}"/><g fill="{_INK}" text-anchor="middle" font-size="{_SIZE}" '
            f'font-family="{FONT_FAMILY}, Verdana, sans-serif">'
            f"{self._text(self.label, at_label + label / 2)}{self._text(self.number, at_number + number / 2)}</g></svg>"
        )

    def _width_of(self, text: str) -> int:
        return round(measure(text).width * _SIZE) + 2 * _PADDING

    def _text(self, text: str, middle: float) -> str:
        fitted = self._width_of(text) - 2 * _PADDING
        return (
            f'<text x="{middle}" y="16.7" textLength="{fitted}" lengthAdjust="spacingAndGlyphs">'
            f"{_xml(_ISOLATED[self.direction].format(text))}</text>"
        )


def badge_of(subject: Subject, reader: Reader, height: int) -> Badge:
    """Return the badge of a total."""
    label = drawable(subject.label)
    shortened = label if len(label) <= _MOST_DRAWN else label[: _MOST_DRAWN - 1] + "…"
    is_fresh = not subject.is_stale
    return Badge(shortened, subject.number(reader), is_fresh, reader.direction, reader.language, height)


def title_of(subject: Subject, reader: Reader) -> str:
    """Return all that is known, in one line: of what, how many, as of when, for which campaign."""
    parts = (f"{subject.label}: {subject.number(reader)}", subject.moment(reader), subject.title)
    return drawable(". ".join(part for part in parts if part))


def drawable(text: str) -> str:
    """Return a text on one line, with a mark instead of each character that XML can't carry."""
    return " ".join(NO_XML.sub("\ufffd", text).split())


def _xml(text: str) -> str:
    return escape(text, {'"': "&quot;"})
