"""The pages over HTTP, and the files that they refer to."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from sinks.counters.answers import Sources, tagged
from sinks.counters.membership import check_campaign, known_campaigns
from sinks.counters.problems import unknown
from sinks.counters.rendering import PAGE_HEADERS, choice_of, file_of, page_of


def add_pages(app: FastAPI, sources: Sources) -> None:
    """Add the routes."""

    @app.get("/", include_in_schema=False)
    async def page(campaign: str | None = None) -> Response:
        known = known_campaigns(sources.board, sources.catalogue)
        chosen = campaign or (known[0] if len(known) == 1 else None)
        if chosen is None:
            return Response(choice_of(sources.catalogue, known), 200, PAGE_HEADERS, "text/html")
        if not sources.board.is_catching_up:
            check_campaign(sources.board, sources.catalogue, chosen)
        text = page_of(sources.board, sources.catalogue, chosen, sources.clock_ms(), sources.stale_after_ms)
        return Response(text, 503 if sources.board.is_catching_up else 200, PAGE_HEADERS, "text/html")

    @app.get("/page/{name}", include_in_schema=False)
    async def file(request: Request, name: str) -> Response:
        found = file_of(name)
        if found is None:
            raise unknown("file", "a file that the page refers to")
        return tagged(request, found.tag, lambda: found.content, found.media_type)
