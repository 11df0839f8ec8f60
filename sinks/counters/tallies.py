"""The totals over HTTP: all of them, one of them, and as they change."""

from typing import Annotated

from fastapi import FastAPI, Header, Query, Request
from starlette.responses import Response

from sinks.counters.answers import Answers, Sources
from sinks.counters.edition import ALL_SCOPES, OneTotal, Statement
from sinks.counters.membership import check_scope
from sinks.counters.problems import OPEN_TO_ALL
from sinks.counters.stream import EventStream


def add_tallies(app: FastAPI, sources: Sources, answers: Answers) -> None:
    """Add the routes."""

    @app.get("/v1/tallies", response_class=Response, responses={200: {"model": Statement}})
    async def tallies(request: Request, campaign: str | None = None) -> Response:
        """Tell all totals of a campaign that are not zero."""
        return answers.tallies(request, answers.campaign(campaign))

    @app.get("/v1/tallies/{scope}/{member}", response_class=Response, responses={200: {"model": OneTotal}})
    async def tally(request: Request, scope: str, member: str, campaign: str | None = None) -> Response:
        """Tell one total; a member that nobody has written for yet has zero letters, one that does not exist is 404."""
        return answers.tally(request, answers.campaign(campaign), scope, member)

    @app.get("/v1/live", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
    async def live(
        campaign: str | None = None,
        scope: Annotated[list[str] | None, Query()] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Tell all totals (of these scopes, if any are said), and from then on what changes, as server-sent events."""
        scopes = frozenset(map(check_scope, scope)) if scope else ALL_SCOPES
        return EventStream(sources.live, (answers.campaign(campaign), scopes), last_event_id)

    @app.options("/v1/{path:path}", include_in_schema=False)
    async def preflight(path: str) -> Response:  # noqa: ARG001 (the router names it)
        allowed = {"Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "*"}
        return Response(None, 204, OPEN_TO_ALL | allowed | {"Access-Control-Max-Age": "86400"})
