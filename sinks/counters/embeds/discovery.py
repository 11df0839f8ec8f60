"""Links in a page's head by which other software finds out how to embed what the page shows."""

from typing import Final
from urllib.parse import urlencode

from fastapi import Request
from markupsafe import Markup

from schemas.catalogue import Campaign
from schemas.tally import Scope
from sinks.counters.embeds.permission import may_embed

_LINK: Final = Markup('<link rel="alternate" type="{}" href="{}" title="{}">\n')


def discovery_links(request: Request, campaign: Campaign | None, scope: Scope, title: str) -> Markup:
    """Return the links for the page that a request asks for; nothing where its numbers may not be embedded."""
    if not may_embed(campaign, scope):
        return Markup()
    root = str(request.base_url)
    return Markup().join(
        _LINK.format(f"{kind}+oembed", f"{root}oembed?{urlencode({'url': str(request.url), 'format': name})}", title)
        for kind, name in (("application/json", "json"), ("text/xml", "xml"))
    )
