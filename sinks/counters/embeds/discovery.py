"""Links in a page's head by which other software finds out how to embed what the page shows."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from markupsafe import Markup

from schemas.catalogue import Campaign
from schemas.tally import Place, Scope
from sinks.counters.embeds.permission import may_embed

_LINK: Final = Markup('<link rel="alternate" type="{}" href="{}" title="{}">\n')


def discovery_links(root: str | None, page: str, campaign: Campaign | None, scope: Scope, title: str) -> Markup:
    """Return the links for a page, by its path; nothing where its numbers may not be embedded.

    Nor where nobody has said where people reach the counters: whoever asks says of us what they like, and a page goes
    into caches that others read.
    """
    if root is None or not may_embed(campaign, scope):
        return Markup()
    below = root.rstrip("/")
    return Markup().join(
        _LINK.format(f"{kind}+oembed", f"{below}/oembed?{urlencode({'url': f'{below}{page}', 'format': name})}", title)
        for kind, name in (("application/json", "json"), ("text/xml", "xml"))
    )


def path_of(place: Place, said: Mapping[str, str]) -> str:
    """Return the path of a place's page, with what its address says."""
    scope, member = place
    path = "/" if scope == "world" else f"/{scope}/{quote(member, safe='')}"
    return f"{path}?{urlencode(said)}"
