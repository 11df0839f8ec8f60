"""What an address is of, and the answer that oEmbed gives of it."""

from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import load_catalogue
from schemas.tally import Place
from sinks.counters.embeds.discovery import discovery_links, path_of
from sinks.counters.embeds.oembed import Asked, answer_of, as_xml, read_address
from sinks.counters.embeds.subject import Subject

ROOT = "https://count.example/live/"
EXAMPLE = Path(__file__).parents[4] / "deploy" / "demo" / "campaign.toml"


def subject(title: str = "Write", label: str = "Letters", member: str = "amara") -> Subject:
    return Subject("w4r-2026", title, "UTC", ("case", member), label, 5, None, is_stale=False)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://count.example/live/?campaign=c", ("world", "all")),
        ("https://count.example/live/case/amara?campaign=c", ("case", "amara")),
        ("http://count.example:/live/embed/case-country/amara%3AFR?campaign=c", ("case-country", "amara:FR")),
        ("https://count.example/live/country/PE?campaign=c&campaign=d&x=1", ("country", "PE")),
    ],
)
def test_addresses_of_pages_and_widgets_are_known(address: str, place: tuple[str, str]) -> None:
    """A page's address and a widget's are of the same total."""
    asked = read_address(address, ROOT)
    assert asked is not None
    assert (asked.campaign, asked.scope, asked.member) == ("c", *place)


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/live/case/amara?campaign=c",
        "https://count.example:8443/live/case/amara?campaign=c",
        "https://count.example/case/amara?campaign=c",
        "https://count.example/live/v1/tallies/case/amara?campaign=c",
        "javascript:alert(1)//count.example/live/",
        "ftp://count.example/live/",
        "https://count.example:port/live/",
        "https://[count.example/live/",
        "",
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    """An address of another site, port, scheme or path, or none at all, is of nothing."""
    assert read_address(address, ROOT) is None


@given(st.text(max_size=200))
def test_any_text_can_be_asked_for(address: str) -> None:
    """Whatever is said as an address, reading it gives an answer or nothing."""
    asked = read_address(ROOT + address, ROOT)
    assert asked is None or asked.member


looks_said = st.dictionaries(st.sampled_from(["lang", "theme"]), st.text())


@given(st.text(max_size=60), st.text(min_size=1, max_size=60), looks_said)
def test_nothing_that_is_said_becomes_markup(title: str, member: str, looks: dict[str, str]) -> None:
    """The HTML is one frame, of these counters, whatever titles, members and languages are; so is its XML."""
    answer = answer_of(ROOT, subject(title, f"Letters for {title}", member), looks, (None, None))
    html = str(answer["html"])
    assert html.count("<") == 2
    assert html.startswith('<iframe src="https://count.example/live/embed/case/')
    source = urlsplit(unescape(html.split('"')[1]))
    assert parse_qs(source.query, keep_blank_values=True) == {"campaign": ["w4r-2026"]} | {
        name: [value] for name, value in looks.items()
    }
    told = {one.tag: one.text for one in ET.fromstring(as_xml(answer).encode())}  # noqa: S314 (made here)
    assert told.keys() == answer.keys()
    assert told["type"] == "rich"


@given(st.integers(1, 5000) | st.none(), st.integers(1, 5000) | st.none())
def test_it_fits_the_room(width: int | None, height: int | None) -> None:
    """Width and height never exceed what the asker has room for."""
    answer = answer_of(ROOT, subject(), {}, (width, height))
    assert int(answer["width"]) <= (width or 400)
    assert int(answer["height"]) <= (height or 220)
    assert f'width="{answer["width"]}" height="{answer["height"]}"' in str(answer["html"])


@pytest.mark.parametrize("place", [("case", "amara"), ("case", 'a/b?c#d"><script>'), ("world", "all")])
def test_a_page_says_where_its_embed_is_found(place: Place) -> None:
    """The links lead from a page to oEmbed's answer of that page, whatever its place and its address say."""
    campaign, said = load_catalogue(EXAMPLE).campaigns["w4r-2026"], {"campaign": "w4r-2026", "lang": '"><script>'}
    html = str(discovery_links(ROOT, path_of(place, said), campaign, place[0], "<Amara>")).replace(">\n", "/>\n")
    links = ET.fromstring(f"<head>{html}</head>")  # noqa: S314 (made here)
    assert [link.attrib["type"] for link in links] == ["application/json+oembed", "text/xml+oembed"]
    for link, name in zip(links, ("json", "xml"), strict=True):
        assert link.attrib["href"].startswith(f"{ROOT}oembed?")
        asked = parse_qs(urlsplit(link.attrib["href"]).query)
        assert asked["format"] == [name]
        assert read_address(asked["url"][0], ROOT) == Asked("w4r-2026", *place, {"lang": '"><script>'})


def test_without_leave_or_an_address_of_ours_no_link_is_made() -> None:
    """A scope that the campaign leaves out has none, nor one without a file, nor counters at no known address."""
    campaign = load_catalogue(EXAMPLE).campaigns["w4r-2026"]
    assert discovery_links(ROOT, "/event/x", campaign, "event", "None") == ""
    assert discovery_links(ROOT, "/case/amara", None, "case", "None") == ""
    assert discovery_links(None, "/case/amara", campaign, "case", "None") == ""
