"""`/history`: the page, its charts as SVG and CSV, and the files that it refers to."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import Response

from sinks.counters.answers import tagged
from sinks.counters.digest import digest_of
from sinks.counters.problems import Problem, unknown
from sinks.history.asked import campaign_needed, chart_of, look_asked, moment_asked, scene_of
from sinks.history.asking import UnansweredError
from sinks.history.chart import Chart, Scene
from sinks.history.charts import CHARTS
from sinks.history.csv_text import csv_of
from sinks.history.drawing import Drawing
from sinks.history.figures import Figures
from sinks.history.history import History
from sinks.history.kept import Kept
from sinks.history.languages import reader_for
from sinks.history.look import Look
from sinks.history.moments import old_in_words
from sinks.history.page_files import FILES
from sinks.history.page_said import cell_in_words, shown_of
from sinks.history.rendering import PAGE_HEADERS, rendered, said_on
from sinks.history.zones import offered_zones

_MOST_BYTES: Final = 64 * 2**20
_DRAWN_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""A drawing has styles in it, and must not become more than a drawing where it is opened by itself."""


class Pages:
    """Shows what is known; `clock_ms` gives epoch milliseconds."""

    def __init__(self, history: History, drawing: Drawing, clock_ms: Callable[[], int]) -> None:
        self._history, self._drawing, self._clock_ms = history, drawing, clock_ms
        self._drawn = Kept[bytes](_MOST_BYTES, len)
        self._pages = Kept[bytes](_MOST_BYTES, len)

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        app.add_route("/history", self.page, methods=["GET", "HEAD"])
        app.add_route("/history/page/{name}", self.file, methods=["GET", "HEAD"])
        app.add_route("/history/{name}.csv", self.csv, methods=["GET", "HEAD"])
        app.add_route("/history/{name}.svg", self.svg, methods=["GET", "HEAD"])

    async def page(self, request: Request) -> Response:
        """Show every chart of a campaign."""
        try:
            known = await self._history.known()
            scene = scene_of(request, known)
            content = rendered(request, "none.html").encode() if scene is None else await self._filled(request, scene)
        except Problem as problem:
            said = {"reason": problem.body["reason"], "status": problem.status}
            return _told(request, rendered(request, "problem.html", **said), problem.status)
        except UnansweredError:
            return _told(request, rendered(request, "problem.html", reason="away", status=503), 503)
        answer = tagged(request, f'"{digest_of(content)}"', lambda: content, "text/html")
        answer.headers.update(PAGE_HEADERS | {"Content-Language": reader_for(request).language})
        return answer

    async def svg(self, request: Request) -> Response:
        """Draw a chart."""
        chart, look = chart_of(request.path_params["name"]), look_asked(request)
        figures, scene = await self._asked(request, chart)
        if not figures.rows:
            raise no_letters()
        drawn = await self._draw(chart, figures, scene, look)
        answer = tagged(request, f'"{digest_of(drawn)}"', lambda: drawn, "image/svg+xml")
        answer.headers.update(PAGE_HEADERS | _DRAWN_HEADERS)
        return answer

    async def csv(self, request: Request) -> Response:
        """Give the numbers of a chart, all of them."""
        chart = chart_of(request.path_params["name"])
        figures, scene = await self._asked(request, chart)
        content = csv_of(chart, figures, scene).encode()
        answer = tagged(request, f'"{digest_of(content)}"', lambda: content, "text/csv")
        named = f'attachment; filename="{chart.name}-{scene.campaign.name}.csv"'
        answer.headers.update({"Content-Disposition": named, "X-Content-Type-Options": "nosniff"})
        return answer

    async def file(self, request: Request) -> Response:
        """Give a file that the page refers to."""
        name = request.path_params["name"]
        if name not in FILES:
            raise unknown("file", "a file that the page refers to")
        found = FILES[name]
        answer = tagged(request, f'"{found.digest}"', lambda: found.content, found.media_type)
        if request.query_params.get("v") == found.digest:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer

    async def _filled(self, request: Request, scene: Scene) -> bytes:
        asked = [self._history.figures(chart, scene) for chart in CHARTS.values()]
        figures = dict(zip(CHARTS, await asyncio.gather(*asked), strict=True))
        now = datetime.fromtimestamp(self._clock_ms() / 1000, UTC)
        moments = tuple(one.as_of for one in figures.values())
        warning = old_in_words(scene.reader, min((one for one in moments if one), default=now), now)

        async def fill() -> bytes:
            text = rendered(
                request,
                "history.html",
                scene=scene,
                charts=[shown_of(chart, figures[name], scene) for name, chart in CHARTS.items()],
                warning=warning,
                zones=offered_zones(),
                cell=lambda value: cell_in_words(value, scene.reader),
            )
            return text.encode()

        titles = tuple((one.title, *one.cases.values()) for one in scene.known.campaigns.values())
        return await self._pages.get((said_on(request), *_whose(scene), moments, warning, titles), fill)

    async def _asked(self, request: Request, chart: Chart) -> tuple[Figures, Scene]:
        try:
            scene = campaign_needed(scene_of(request, await self._history.known()))
            return await self._history.figures(chart, scene, moment_asked(request)), scene
        except UnansweredError:
            raise unanswered() from None

    async def _draw(self, chart: Chart, figures: Figures, scene: Scene, look: Look) -> bytes:
        asked = (chart.name, *_whose(scene), scene.campaign.title, figures.as_of, look.width, look.paper)
        try:
            return await self._drawn.get(asked, lambda: self._drawing.draw(chart, figures, scene, look))
        except UnansweredError:
            raise unanswered() from None


def _whose(scene: Scene) -> tuple[str, str, str]:
    return scene.campaign.name, scene.zone, scene.reader.language


def unanswered() -> Problem:
    """Return what is said while ClickHouse is away or slow, or too many ask."""
    detail = "The history can't be asked at this moment."
    return Problem(503, "history_unavailable", detail, "Ask again in a minute; the live counters go on meanwhile.")


def no_letters() -> Problem:
    """Return what is said of a drawing of nothing."""
    return Problem(404, "no_letters", "No letters were counted yet.", "Ask again when there are some.")


def _told(request: Request, text: str, status: int) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Language": reader_for(request).language}
    headers |= {"Retry-After": "10"} if status == 503 else {}  # noqa: PLR2004 (what 503 means)
    return Response(text, status, PAGE_HEADERS | headers, "text/html")
