"""The pages of cases, countries and events over HTTP, with the sheet to print and the screen of the room."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from starlette.responses import Response

from schemas.tally import Place, Scope
from sinks.counters.answers import Sources
from sinks.counters.form_link import form_link
from sinks.counters.kept_pages import KeptPages
from sinks.counters.languages import READERS, reader_for
from sinks.counters.pages import absent, campaign_asked, discovery_of, named_campaigns, showing_of
from sinks.counters.place_pace import PACED, pace_if_known
from sinks.counters.place_pages import Subject, case_page, country_page, event_page
from sinks.counters.problems import Problem
from sinks.counters.rendering import asked_by, page

_Fill = Callable[[Subject, str], dict[str, Any] | None]
_UP: Final = "../"


class _Kind(NamedTuple):
    """A kind of page: what it is of, its template, what fills it, and how deep below the first page it stands."""

    scope: Scope
    template: str
    fill: _Fill
    root: str = _UP


_PAGES: Final[Mapping[str, _Kind]] = {
    "/case/{member}": _Kind("case", "case.html", case_page),
    "/case/{member}/sheet": _Kind("case", "sheet.html", case_page, _UP * 2),
    "/country/{member}": _Kind("country", "country.html", country_page),
    "/event/{member}": _Kind("event", "event.html", event_page),
    "/event/{member}/board": _Kind("event", "room.html", event_page, _UP * 2),
}


def add_places(app: FastAPI, sources: Sources, kept: KeptPages) -> None:
    """Add the routes."""
    for path, kind in _PAGES.items():
        app.add_api_route(path, _route(sources, kept, kind), include_in_schema=False)


def _route(sources: Sources, kept: KeptPages, kind: _Kind) -> Callable[..., Any]:
    async def show(request: Request, member: str) -> Response:
        return kept.page(asked_by(request), lambda: _chosen(request, sources, (kind.scope, member), kind))

    return show


def _chosen(request: Request, sources: Sources, place: Place, kind: _Kind) -> Response:
    chosen = campaign_asked(request, sources)
    if chosen is None:
        return page(request, "choose.html", root=kind.root, campaigns=named_campaigns(sources))
    return _shown(request, sources, place, kind, chosen)


def _shown(request: Request, sources: Sources, place: Place, kind: _Kind, campaign: str) -> Response:
    try:
        showing = showing_of(sources, campaign)
    except Problem:
        return absent(request, kind.root, is_campaign_known=False)
    pace = pace_if_known(sources, campaign, place)
    said = kind.fill(Subject(showing, reader_for(request), pace, kind.root), place[1])
    if said is None:
        is_unread = sources.board.is_catching_up or (place[0] == "event" and not sources.known.is_read)
        return absent(request, kind.root, is_unread=is_unread)
    if place[0] in PACED:
        said["facts"]["pace"] = f"v1/rates/{place[0]}/{quote(place[1])}?{urlencode({'campaign': campaign})}"
    language = request.query_params.get("lang")
    form = form_link(
        sources.form_url if showing.campaign else None,
        campaign,
        place[1] if place[0] == "event" else None,
        language if language in READERS else None,
    )
    discovery = discovery_of(request, sources, showing, place, said["place"].name)
    status = HTTPStatus.SERVICE_UNAVAILABLE if sources.board.is_catching_up else HTTPStatus.OK
    return page(request, kind.template, status=status, root=kind.root, form=form, discovery=discovery, **said)
