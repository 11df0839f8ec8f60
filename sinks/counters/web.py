"""The counters' HTTP: tallies as JSON, live streams, the page, health and metrics on one port."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas.catalogue import Catalogue
from schemas.operations import Health
from sinks.counters.board import Board
from sinks.counters.edition import Edition, edition_of, total_of
from sinks.counters.live import PUBLISH_SECONDS, Live
from sinks.counters.membership import check_campaign, check_place, known_campaigns
from sinks.counters.problems import OPEN_TO_ALL, Problem, catching_up, unknown
from sinks.counters.rendering import PAGE_HEADERS, choice_of, file_of, page_of
from sinks.counters.stream import EventStream

CACHED: Final = OPEN_TO_ALL | {"Cache-Control": "public, max-age=1, stale-while-revalidate=5, stale-if-error=60"}
_REUSE_MS: Final = int(PUBLISH_SECONDS * 1000)
"""For how long an encoded state serves although the board has moved on: as long as the live stream waits."""


@dataclass(frozen=True)
class Sources:
    """What answers are made from; `clock_ms` gives epoch milliseconds."""

    board: Board
    live: Live
    catalogue: Catalogue
    health: Health
    clock_ms: Callable[[], int]
    stale_after_ms: int


class _Answers:
    """Answers questions about totals, each state encoded once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._editions: dict[str, Edition] = {}

    def campaign(self, asked: str | None) -> str:
        """Return the campaign asked for; raises Problem while catching up, and where it is unknown."""
        if self._sources.board.is_catching_up:
            raise catching_up()
        return check_campaign(self._sources.board, self._sources.catalogue, asked)

    def edition(self, campaign: str) -> Edition:
        """Return the campaign's newest edition, at most _REUSE_MS behind the board."""
        board, now_ms = self._sources.board, self._sources.clock_ms()
        kept = self._editions.get(campaign)
        if kept and (kept.revision == board.revision or 0 <= now_ms - kept.made_at < _REUSE_MS):
            return kept
        self._editions[campaign] = edition_of(board, campaign, now_ms)
        return self._editions[campaign]

    def tallies(self, request: Request, campaign: str) -> Response:
        """Answer with all totals of a campaign, or 304 where the asker has them."""
        edition = self.edition(campaign)
        clock = (self._sources.clock_ms(), self._sources.stale_after_ms)
        return _tagged(request, edition.tag(*clock), lambda: edition.at(*clock))

    def tally(self, request: Request, campaign: str, scope: str, member: str) -> Response:
        """Answer with one total of a campaign, or 304 where the asker has it."""
        board, clock = self._sources.board, (self._sources.clock_ms(), self._sources.stale_after_ms)
        place = check_place(board, self._sources.catalogue, campaign, scope, member)
        return _tagged(request, self.edition(campaign).tag(*clock), lambda: total_of(board, campaign, place, *clock))


def create_app(sources: Sources) -> FastAPI:
    """Return the application; the board must be put to on the event loop that serves it."""
    app = FastAPI(title="Letter Tally counters", docs_url=None, redoc_url=None)  # those pages load foreign scripts
    app.add_exception_handler(Problem, _tell_problem)
    app.add_exception_handler(HTTPException, _tell_status)
    app.add_exception_handler(RequestValidationError, _tell_field)
    _add_tallies(app, sources, _Answers(sources))
    _add_page(app, sources)
    _add_operations(app, sources.health)
    return app


def _add_tallies(app: FastAPI, sources: Sources, answers: _Answers) -> None:
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


def _add_page(app: FastAPI, sources: Sources) -> None:
    @app.get("/")
    async def page(campaign: str | None = None) -> Response:
        known = known_campaigns(sources.board, sources.catalogue)
        chosen = campaign or (known[0] if len(known) == 1 else None)
        if chosen is None:
            return Response(choice_of(sources.catalogue, known), 200, PAGE_HEADERS, "text/html")
        if not sources.board.is_catching_up:
            check_campaign(sources.board, sources.catalogue, chosen)
        text = page_of(sources.board, sources.catalogue, chosen, sources.clock_ms(), sources.stale_after_ms)
        return Response(text, 503 if sources.board.is_catching_up else 200, PAGE_HEADERS, "text/html")

    @app.get("/page/{name}")
    async def file(request: Request, name: str) -> Response:
        found = file_of(name)
        if found is None:
            raise unknown("file", "a file that the page refers to")
        return _tagged(request, found.tag, lambda: found.content, found.media_type)


def _add_operations(app: FastAPI, health: Health) -> None:
    @app.get("/health/{question}")
    async def answer(question: Literal["live", "ready"]) -> Response:
        status, body = health.answer(question)
        return Response(body, status, {"Cache-Control": "no-store"}, "application/json")

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _tagged(request: Request, tag: str, content: Callable[[], bytes], media_type: str = "application/json") -> Response:
    headers = CACHED | {"ETag": tag}
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if "*" in asked or tag.removeprefix("W/") in asked:
        return Response(None, 304, headers)
    return Response(content(), 200, headers, media_type)


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
    return Problem(400, "bad_value", first["msg"], f"Correct {field}.", field).answer()
