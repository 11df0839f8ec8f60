"""oEmbed 1.0: the address of a page or widget -> the widget as HTML. Pure."""

import re
from collections.abc import Mapping
from html import escape
from typing import Final, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit
from xml.sax.saxutils import escape as escape_xml

from schemas.tally import WORLD_MEMBER
from sinks.counters.embeds.badge import drawable
from sinks.counters.embeds.subject import Subject

_PATHS: Final = (
    re.compile(r"^/(?:embed/)?(?P<scope>[a-z-]+)/(?P<member>[^/]+)$"),
    re.compile(r"^/(?P<scope>)(?P<member>)$"),
)
_USUAL: Final = (400, 220)
"""Room for what is said of a number that is not new, and of a long name."""
_LOOKS: Final = ("lang", "theme")
_KEPT_SECONDS: Final = 3600


class Asked(NamedTuple):
    """What an address is of; `looks` are what it says of language and theme."""

    campaign: str | None
    scope: str
    member: str
    looks: Mapping[str, str]


def read_address(address: str, root: str) -> Asked | None:
    """Return what the address of a page or widget is of; None where it is none of these counters."""
    try:
        asked, ours = urlsplit(address), urlsplit(root)
        said = {name: values[0] for name, values in parse_qs(asked.query, max_num_fields=20).items()}
        is_ours = (asked.scheme in {"http", "https"}, asked.hostname, asked.port) == (True, ours.hostname, ours.port)
    except ValueError:
        return None
    below = ours.path.rstrip("/")
    found = [pattern.match(asked.path.removeprefix(below)) for pattern in _PATHS]
    match = next(filter(None, found), None)
    if not is_ours or not asked.path.startswith(below) or match is None:
        return None
    member = unquote(match["member"]) or WORLD_MEMBER
    return Asked(said.get("campaign"), match["scope"] or "world", member, looks_of(said))


def looks_of(said: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of language and theme."""
    return {name: said[name] for name in _LOOKS if name in said}


def widget_address(root: str, subject: Subject, looks: Mapping[str, str]) -> str:
    """Return where a widget is."""
    scope, member = subject.place
    query = urlencode({"campaign": subject.campaign, **looks})
    return f"{root.rstrip('/')}/embed/{scope}/{quote(member, safe='')}?{query}"


def answer_of(
    root: str, subject: Subject, looks: Mapping[str, str], most: tuple[int | None, int | None]
) -> dict[str, str | int]:
    """Return the answer; the widget fits whatever room it has, so it is never larger than what the asker allows."""
    width, height = (min(usual, room) if room else usual for usual, room in zip(_USUAL, most, strict=True))
    title = f"{subject.label} ({subject.title})"
    address = escape(widget_address(root, subject, looks))
    size = f'width="{width}" height="{height}"'
    frame = f'<iframe src="{address}" {size} title="{escape(title)}" loading="lazy" style="border:0"></iframe>'
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Letter Tally",
        "provider_url": root,
        "cache_age": _KEPT_SECONDS,
        "html": frame,
        "width": width,
        "height": height,
    }


def as_xml(answer: Mapping[str, str | int]) -> str:
    """Return the answer as XML."""
    said = "".join(f"<{name}>{escape_xml(drawable(str(value)))}</{name}>" for name, value in answer.items())
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{said}</oembed>\n'
