"""Crossings of milestones as feeds: Atom (RFC 4287) and JSON Feed 1.1. Pure."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from schemas.catalogue import Campaign
from schemas.crossing import Crossing, feed_id
from sinks.counters.edition import iso_of
from sinks.counters.xml_text import NO_XML
from sinks.milestones.message import facts_of, sentence_of, title_of

_AUTHOR: Final = "Letter Tally"


def atom_of(campaign: Campaign, newest: Sequence[Crossing]) -> bytes:
    """Return the feed as Atom, the newest first; its own address is told as a relative one."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _add(feed, "id", f"urn:uuid:{feed_id(campaign.campaign)}")
    _add(feed, "title", _title(campaign))
    _add(feed, "updated", iso_of(newest[0]["as_of"]) if newest else _opened(campaign))
    SubElement(feed, "link", {"rel": "self", "href": f"milestones.atom?campaign={quote(campaign.campaign)}"})
    _add(SubElement(feed, "author"), "name", _AUTHOR)
    for crossing in newest:
        entry = SubElement(feed, "entry")
        _add(entry, "id", f"urn:uuid:{crossing['crossing_id']}")
        _add(entry, "title", title_of(crossing, campaign))
        _add(entry, "updated", iso_of(crossing["as_of"]))
        _add(entry, "published", iso_of(crossing["as_of"]))
        _add(entry, "content", sentence_of(crossing)).set("type", "text")
        SubElement(entry, "category", {"term": crossing["state"]})
        SubElement(entry, "category", {"term": crossing["scope"]})
    written: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def json_feed_of(campaign: Campaign, newest: Sequence[Crossing]) -> bytes:
    """Return the feed as JSON Feed, the newest first; `_letter_tally` has the numbers for programs."""
    items = [
        {
            "id": f"urn:uuid:{crossing['crossing_id']}",
            "title": title_of(crossing, campaign),
            "content_text": sentence_of(crossing),
            "date_published": iso_of(crossing["as_of"]),
            "tags": [crossing["state"], crossing["scope"]],
            "_letter_tally": facts_of(crossing, campaign),
        }
        for crossing in newest
    ]
    said = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(campaign),
        "language": "en",
        "authors": [{"name": _AUTHOR}],
        "items": items,
    }
    return orjson.dumps(said)


def _title(campaign: Campaign) -> str:
    return f"{campaign.title}: milestones"


def _opened(campaign: Campaign) -> str:
    return iso_of(int(campaign.at(campaign.opens).timestamp() * 1000))


def _add(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = NO_XML.sub("", text)
    return child
