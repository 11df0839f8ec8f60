"""The form's address as a QR code, and as a page to print for the table at an event."""

from functools import lru_cache
from io import BytesIO
from typing import Final
from urllib.parse import urlencode

import segno
from fastapi import FastAPI, Request, Response

from producers.form.addresses import address_of
from producers.form.listing import event_of, unread_event
from producers.form.rendering import page, reader_for
from producers.form.said import no_such_campaign, no_such_event, not_known_yet, unreadable
from producers.known_events import KnownEvents
from schemas.catalogue import Campaign, Catalogue, Event

_PIXELS: Final = 8
_MOST_DRAWN: Final = 500
"""Of some 5 KB each: as many as a campaign has events and languages that are printed on one day."""


class Printing:
    """Draws links to the form of a campaign, with the event filled in."""

    def __init__(self, catalogue: Catalogue, known: KnownEvents, public_url: str | None) -> None:
        self._catalogue = catalogue
        self._known = known
        self._public_url = public_url

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        app.add_route("/form/{campaign}/qr.svg", self.draw, methods=["GET"])
        app.add_route("/form/{campaign}/qr", self.show, methods=["GET"])

    async def draw(self, request: Request) -> Response:
        """Answer with the code alone, as SVG."""
        campaign, event = self._found(request)
        if campaign is None or event is None:
            return self._not_found(request, campaign)
        link = self._link(request, campaign, event)
        if not link:
            return unreadable(request, 400)
        headers = {
            "Cache-Control": "public, max-age=3600" if self._public_url else "private, no-cache",
            "Content-Security-Policy": "default-src 'none'",
            "Vary": "Accept-Language",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(_drawn(link), headers=headers, media_type="image/svg+xml")

    async def show(self, request: Request) -> Response:
        """Show the page to print."""
        campaign, event = self._found(request)
        if campaign is None or event is None:
            return self._not_found(request, campaign)
        link = self._link(request, campaign, event)
        if not link:
            return unreadable(request, 400)
        return page(request, "sheet.html", is_private=False, campaign=campaign, event=event or None, link=link)

    def _found(self, request: Request) -> tuple[Campaign | None, Event | str | None]:
        """Return campaign and event; an empty text where none was asked for, None where there is none such."""
        campaign = self._catalogue.campaigns.get(request.path_params["campaign"])
        asked = request.query_params.get("event")
        if campaign is None or not asked:
            return campaign, ""
        return campaign, event_of(self._known, campaign.campaign, asked)

    def _not_found(self, request: Request, campaign: Campaign | None) -> Response:
        if campaign is None:
            return no_such_campaign(request)
        asked = request.query_params.get("event", "")
        may_come = unread_event(self._known, campaign.campaign, asked)
        return not_known_yet(request) if may_come else no_such_event(request)

    def _link(self, request: Request, campaign: Campaign, event: Event | str) -> str:
        """Return the form's address; empty where the page was asked for by none that there can be."""
        said = {"event": event.event} if isinstance(event, Event) else {}
        if request.query_params.get("lang"):  # not as it was sent, which may be anything
            said["lang"] = reader_for(request).language
        query = f"?{urlencode(said)}" if said else ""
        address = address_of(request, self._public_url)
        return f"{address}/form/{campaign.campaign}{query}" if address else ""


@lru_cache(_MOST_DRAWN)
def _drawn(link: str) -> bytes:
    """Return the code as SVG, drawn once: it takes a while."""
    drawn = BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, kind="svg", scale=_PIXELS, dark="#000", light="#fff")
    return drawn.getvalue()
