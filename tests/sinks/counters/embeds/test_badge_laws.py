"""Laws of badges: whatever is said in one, it is a picture of a label and a number and nothing else."""

from datetime import UTC, datetime
from itertools import product
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sinks.counters.embeds.badge import HIGHEST, LOWEST, Badge, badge_of, drawable, title_of
from sinks.counters.embeds.languages import READERS
from sinks.counters.embeds.lettering import measure
from sinks.counters.embeds.subject import Subject

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</text></svg><script>alert(1)</script>"><a href="javascript:1" onload=\'x\'>&lt;]]>&#0;<!--'
DRAWN = {"svg", "title", "clipPath", "rect", "g", "text"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ATTRIBUTES = {
    XML_LANG,
    *("width", "height", "viewBox", "preserveAspectRatio", "role", "aria-label", "id", "clip-path"),
    *("x", "y", "rx", "fill", "stroke", "text-anchor", "font-size", "font-family", "textLength", "lengthAdjust"),
}
texts = st.text(min_size=1, max_size=120) | st.just(HOSTILE)


def subject(label: str, letters: int | None = 12_345, title: str = "Write", *, is_stale: bool = False) -> Subject:
    as_of = datetime(2026, 12, 10, 14, 5, tzinfo=UTC)
    return Subject("w4r-2026", title, "UTC", ("case", "amara"), label, letters, as_of, is_stale)


subjects = st.builds(subject, texts, st.integers(0, 10**12), texts, is_stale=st.booleans())


@given(shown=subjects, language=st.sampled_from(sorted(READERS)), height=st.integers(LOWEST, HIGHEST))
@example(shown=subject(HOSTILE, 5, HOSTILE, is_stale=True), language="ar", height=24)
@example(shown=subject("\0\x1b\ud800\uffff", 5, "\ufffe"), language="en", height=24)
def test_nothing_that_is_said_becomes_markup(shown: Subject, language: str, height: int) -> None:
    """Any label and title give well-formed XML of known elements and attributes, and are in it as text alone."""
    reader = READERS[language]
    badge = badge_of(shown, reader, height)
    root = ET.fromstring(badge.svg(title_of(shown, reader)).encode())  # noqa: S314 (made here, and parsing it is the test)
    elements = list(root.iter())
    assert {element.tag.removeprefix(SVG) for element in elements} <= DRAWN
    assert {name for element in elements for name in element.attrib} <= ATTRIBUTES
    drawn = [(element.text or "")[1:-1] for element in root.iter(f"{SVG}text")]
    assert drawn == [badge.label, shown.number(reader)]
    assert root.attrib["aria-label"] == root.findtext(f"{SVG}title") == title_of(shown, reader)
    assert (int(root.attrib["width"]), int(root.attrib["height"])) == (badge.width, height)
    assert badge.width <= 6000


@given(texts)
def test_a_drawable_text_stays_as_it_is(text: str) -> None:
    """Making a text drawable twice changes nothing more, and leaves nothing that XML can't carry."""
    assert drawable(drawable(text)) == drawable(text)
    read = ET.fromstring(f"<a>{escape(drawable(text))}</a>").text  # noqa: S314 (made here)
    assert (read or "") == drawable(text)


def test_a_long_name_ends_in_an_ellipsis_and_stands_whole_in_the_title() -> None:
    """What is drawn has a bound; the title has the rest."""
    reader = READERS["en"]
    told = subject("n" * 300)
    assert badge_of(told, reader, 24).label == "n" * 79 + "…"
    assert "n" * 300 in title_of(told, reader)


@pytest.mark.parametrize("language", READERS)
def test_stale_and_unknown_numbers_are_said_to_be_so(language: str) -> None:
    """A stale number has words beside it and another colour; one that is not known is no number at all."""
    reader = READERS[language]
    fresh, stale = (badge_of(subject("Letters", is_stale=is_stale), reader, 24) for is_stale in (False, True))
    assert fresh.number == reader.number(12_345) != stale.number
    assert reader.number(12_345) in stale.number
    assert fresh.svg("").count("#14532d") == 1
    assert "#14532d" not in stale.svg("")
    unknown = badge_of(subject("Letters", None, is_stale=True), reader, 24)
    assert not any(one.isdigit() for one in unknown.number)


@pytest.mark.parametrize("language", READERS)
def test_the_letters_have_every_word_of_every_language(language: str) -> None:
    """Labels, numbers and the names of all countries can be drawn as PNG."""
    reader = READERS[language]
    _ = reader.translations.gettext
    words = [_("Letters written"), _("Letters for %(name)s"), _("Letters: %(name)s"), _("not known yet")]
    names = [name for _code, name in reader.countries]
    drawn = [*words, *names, subject("L", is_stale=True).number(reader)]
    assert [one for one in drawn if not measure(one).is_complete] == []


def test_what_the_letters_lack_is_known() -> None:
    """A badge in letters that we don't have says so, and is as wide as squares."""
    assert not Badge("陈梅", "5", is_fresh=True, direction="ltr", language="en", height=24).can_be_drawn
    assert measure("陈梅").width == 2


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lower, higher = sorted([luminance(one), luminance(other)])
    return (higher + 0.05) / (lower + 0.05)


def test_colours_can_be_told_apart() -> None:
    """Words stand 7:1 on what is behind them, and the badge's edge 3:1 on white and on black paper."""
    svgs = [badge_of(subject("L", is_stale=is_stale), READERS["en"], 24).svg("") for is_stale in (False, True)]
    roots = [ET.fromstring(svg) for svg in svgs]  # noqa: S314 (made here)
    behind = {rect.attrib["fill"] for root in roots for rect in root.findall(f"{SVG}g/{SVG}rect")}
    words = {root.findall(f"{SVG}g")[1].attrib["fill"] for root in roots}
    edges = {rect.attrib["stroke"] for root in roots for rect in root.findall(f"{SVG}rect")}
    assert len(behind) == 3
    assert all(contrast(*pair) >= 7 for pair in product(words, behind))
    assert all(contrast(*pair) >= 3 for pair in product(edges, ["#ffffff", "#000000"]))
