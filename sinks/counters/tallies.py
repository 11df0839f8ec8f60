"""The totals over HTTP: all of them, one of them, and as they change."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from sinks.counters.answers import Answers, Sources
from sinks.counters.problems import OPEN_TO_ALL
from sinks.counters.stream import EventStream


def add_tallies(app: FastAPI, sources: Sources, answers: Answers) -> None:
    """Add the routes."""

    @app.get("/v1/tallies")
    async def tallies(request: Request, campaign: str | None = None) -> Response:
        return answers.tallies(request, answers.campaign(campaign))

    @app.get("/v1/tallies/{scope}/{member}")
    async def tally(request: Request, scope: str, member: str, campaign: str | None = None) -> Response:
        return answers.tally(request, answers.campaign(campaign), scope, member)

    @app.get("/v1/live")
    async def live(campaign: str | None = None) -> Response:
        return EventStream(sources.live.watch(answers.campaign(campaign)))

    @app.options("/v1/{path:path}")
    async def preflight(path: str) -> Response:  # noqa: ARG001 (the router names it)
        allowed = {"Access-Control-Allow-Methods": "GET", "Access-Control-Allow-Headers": "*"}
        return Response(None, 204, OPEN_TO_ALL | allowed | {"Access-Control-Max-Age": "86400"})
