"""The counters' HTTP: totals, pages, health and metrics on one port."""

from http import HTTPStatus
from typing import Final, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas.operations import Health
from sinks.counters.answers import Answers, Sources
from sinks.counters.embeds.routes import add_embeds
from sinks.counters.kept_pages import KeptPages
from sinks.counters.membership import is_campaign
from sinks.counters.milestones import add_milestones
from sinks.counters.moments import add_moments
from sinks.counters.pages import add_pages
from sinks.counters.place_pace import add_place_pace
from sinks.counters.places import add_places
from sinks.counters.problems import Problem, ProblemTold
from sinks.counters.tallies import add_tallies
from sinks.counters.window_page import add_windows

_ABOUT: Final = (
    "How many letters were written. No key is needed; anybody may read from anywhere (CORS). Every number says as of "
    "when. Answers carry an ETag and may be kept for a second (`max-age=1`), so that a cache in between answers a "
    "million readers. Problems are told as application/problem+json with field, reason and remedy."
)


def create_app(sources: Sources) -> FastAPI:
    """Return the application; the board must be put to on the event loop that serves it."""
    app = FastAPI(
        title="Letter Tally counters",
        description=_ABOUT,
        docs_url=None,  # those pages load foreign scripts
        redoc_url=None,
        responses={status: {"model": ProblemTold} for status in (400, 404, 422, 503)},
    )
    app.add_exception_handler(Problem, _tell_problem)
    app.add_exception_handler(HTTPException, _tell_status)
    app.add_exception_handler(RequestValidationError, _tell_field)
    app.state.is_campaign = lambda campaign: is_campaign(sources.board, sources.catalogue, campaign)
    answers = Answers(sources)
    add_tallies(app, sources, answers)
    add_moments(app, sources, answers)
    add_milestones(app, sources, answers)
    add_embeds(app, sources, answers)
    add_place_pace(app, sources, answers)
    kept = KeptPages(sources.clock_ms)
    add_pages(app, sources, kept)
    add_windows(app, sources, kept)
    add_places(app, sources, kept)
    _add_operations(app, sources.health)
    return app


def _add_operations(app: FastAPI, health: Health) -> None:
    @app.get("/health/{question}", include_in_schema=False)
    async def answer(question: Literal["live", "ready"]) -> Response:
        status, body = health.answer(question)
        return Response(body, status, {"Cache-Control": "no-store"}, "application/json")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _tell_problem(_: Request, problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    return problem.answer()


def _tell_status(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    remedy = "See /v1/tallies?campaign=, /v1/live?campaign= and the page at /."
    return Problem(error.status_code, HTTPStatus(error.status_code).name.lower(), error.detail, remedy).answer()


def _tell_field(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    field = str(first["loc"][-1])
    return Problem(422, "bad_value", first["msg"], f"Correct {field}.", field).answer()
