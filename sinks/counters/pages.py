"""The pages over HTTP, and the files that they refer to."""

from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request
from markupsafe import Markup
from starlette.responses import Response

from schemas.tally import WORLD_MEMBER, Place
from sinks.counters.answers import Sources, tagged
from sinks.counters.embeds.discovery import discovery_links, path_of
from sinks.counters.history_link import history_link
from sinks.counters.kept_pages import KeptPages
from sinks.counters.languages import reader_for
from sinks.counters.membership import check_campaign, known_campaigns
from sinks.counters.page_files import file_of
from sinks.counters.problems import Problem, unknown
from sinks.counters.rendering import asked_by, page
from sinks.counters.showing import Sort
from sinks.counters.world_page import Showing, world_page


def add_pages(app: FastAPI, sources: Sources, kept: KeptPages) -> None:
    """Add the routes."""

    @app.get("/", include_in_schema=False)
    async def world(request: Request) -> Response:
        return kept.page(asked_by(request), lambda: _world(request, sources))

    @app.get("/page/{name}", include_in_schema=False)
    async def file(request: Request, name: str, v: str | None = None) -> Response:
        found = file_of(name)
        if found is None:
            raise unknown("file", "a file that a page refers to")
        answer = tagged(request, f'"{found.digest}"', lambda: found.content, found.media_type)
        if v == found.digest:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def showing_of(sources: Sources, campaign: str) -> Showing:
    """Return what is shown of a campaign now; raises Problem where it is unknown."""
    if not sources.board.is_catching_up:
        check_campaign(sources.board, sources.catalogue, campaign)
    rates = sources.timeline.rates_if_known(campaign)
    return Showing(
        sources.board,
        campaign,
        sources.catalogue.campaigns.get(campaign),
        orjson.loads(rates) if rates else None,
        sources.clock_ms(),
        sources.stale_after_ms,
    )


def campaign_asked(request: Request, sources: Sources) -> str | None:
    """Return the campaign that is asked for, else the only one that there is; None where there are several."""
    known = known_campaigns(sources.board, sources.catalogue)
    return request.query_params.get("campaign") or (known[0] if len(known) == 1 else None)


def _world(request: Request, sources: Sources) -> Response:
    chosen = campaign_asked(request, sources)
    if chosen is None:
        return page(request, "choose.html", campaigns=named_campaigns(sources))
    sort: Sort = "name" if request.query_params.get("sort") == "name" else "letters"
    try:
        showing = showing_of(sources, chosen)
    except Problem:
        return absent(request, "", is_campaign_known=False)
    said = world_page(showing, reader_for(request), sort)
    discovery = discovery_of(request, sources, showing, ("world", WORLD_MEMBER), showing.title)
    status = 503 if sources.board.is_catching_up else 200
    history = history_link(sources.history_url, chosen, request.query_params.get("lang"))
    return page(request, "world.html", status=status, discovery=discovery, history=history, **said)


def absent(request: Request, root: str, *, is_unread: bool = False, is_campaign_known: bool = True) -> Response:
    """Say that there is no such page, or that nobody can tell yet; it is not to be kept by anybody."""
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_unread else HTTPStatus.NOT_FOUND
    said = {"is_unread": is_unread, "is_campaign_known": is_campaign_known}
    answer = page(request, "absent.html", status=status, root=root, **said)
    answer.headers["Cache-Control"] = "no-store"
    if is_unread:
        answer.headers["Retry-After"] = "2"
    return answer


def discovery_of(request: Request, sources: Sources, showing: Showing, place: Place, title: str) -> Markup:
    """Return the links by which other software finds out how to embed what a page shows."""
    language = request.query_params.get("lang")
    path = path_of(place, {"campaign": showing.name} | ({"lang": language} if language else {}))
    return discovery_links(sources.counters_url, path, showing.campaign, place[0], title)


def named_campaigns(sources: Sources) -> list[tuple[str, str]]:
    """Return the campaigns to choose from, each with its title."""
    known = sources.catalogue.campaigns
    named = known_campaigns(sources.board, sources.catalogue)
    return [(name, known[name].title if name in known else name) for name in named]
