"""The form's address as a QR code, and as a page to print for the table at an event."""

from io import BytesIO
from typing import Final
from urllib.parse import urlencode

import segno
from fastapi import FastAPI, Request, Response

from producers.form.addresses import address_of
from producers.form.listing import event_of, unread_event
from producers.form.rendering import page
from producers.form.said import no_such_campaign, no_such_event, not_known_yet
from producers.known_events import KnownEvents
from schemas.catalogue import Campaign, Catalogue, Event

_PIXELS: Final = 8


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
        drawn = BytesIO()
        link = self._link(request, campaign, event)
        segno.make(link, error="m", micro=False).save(drawn, kind="svg", scale=_PIXELS, dark="#000", light="#fff")
        headers = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
        return Response(drawn.getvalue(), headers=headers, media_type="image/svg+xml")

    async def show(self, request: Request) -> Response:
        """Show the page to print."""
        campaign, event = self._found(request)
        if campaign is None or event is None:
            return self._not_found(request, campaign)
        link = self._link(request, campaign, event)
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
        said = {"event": event.event} if isinstance(event, Event) else {}
        if language := request.query_params.get("lang"):
            said["lang"] = language
        query = f"?{urlencode(said)}" if said else ""
        return f"{address_of(request, self._public_url)}/form/{campaign.campaign}{query}"
