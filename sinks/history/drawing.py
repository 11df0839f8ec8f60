"""Charts as SVG, drawn one after another in a thread: nothing is loaded from anywhere."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import vl_convert

from schemas.metrics import HISTORY_ERRORS, HISTORY_SECONDS
from sinks.history.asking import UnansweredError
from sinks.history.chart import Chart, Scene
from sinks.history.figures import Figures
from sinks.history.look import Look
from sinks.history.moments import moment_in_words

_MOST_WAITING: Final = 50
_STUCK_SECONDS: Final = 30.0
_ID: Final = re.compile(r' id="(\w+)"')
_USE: Final = re.compile(r'( id="|url\(#|href="#)(\w+)')


class Drawing:
    """Draws charts; one takes some hundredths of a second."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, "drawing")
        self._waiting = 0
        self._since: float | None = None

    def stuck(self) -> str | None:
        """Return what is wrong where one chart takes far too long."""
        since = self._since
        return "a chart has been drawn for too long" if since and time.monotonic() - since > _STUCK_SECONDS else None

    async def draw(self, chart: Chart, figures: Figures, scene: Scene, look: Look) -> bytes:
        """Return a chart as SVG; raises UnansweredError where too many wait."""
        if self._waiting >= _MOST_WAITING:
            HISTORY_ERRORS.labels("busy").inc()
            raise UnansweredError("busy")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._draw, chart, figures, scene, look)
        finally:
            self._waiting -= 1

    def _draw(self, chart: Chart, figures: Figures, scene: Scene, look: Look) -> bytes:
        self._since = time.monotonic()
        try:
            with HISTORY_SECONDS.labels("draw").time():
                return svg_of(chart, figures, scene, look)
        finally:
            self._since = None


def svg_of(chart: Chart, figures: Figures, scene: Scene, look: Look) -> bytes:
    """Return a chart with its campaign and moment in it, so that a copy of it says them too."""
    spec: dict[str, Any] = chart.draw(figures, scene, look).to_dict()
    spec["config"] = look.config
    spec["autosize"] = {"type": "fit", "contains": "padding"}
    spec["title"] = {"text": _told_of(chart, figures, scene, look), "orient": "bottom", "offset": 12}
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], format_locale=_numbers_of(scene))
    return _numbered(str(drawn)).encode()


def _numbered(drawn: str) -> str:
    """Return a drawing with ids that begin anew in it: Vega counts on, and the same chart must have the same tag."""
    ids = dict.fromkeys(_ID.findall(drawn))
    new = {one: f"i{number}" for number, one in enumerate(ids)}
    return _USE.sub(lambda found: found[1] + new.get(found[2], found[2]), drawn)


def _told_of(chart: Chart, figures: Figures, scene: Scene, look: Look) -> list[str]:
    said = [scene.campaign.title, chart.title(scene.reader)]
    if figures.as_of is not None:
        as_of = scene.reader.translations.gettext("As of %(moment)s")
        said.append(as_of % {"moment": moment_in_words(scene.reader, figures.as_of, scene.zone)})
    return said if look.is_narrow else [" · ".join(said)]


def _numbers_of(scene: Scene) -> dict[str, Any]:
    """Return how the reader writes numbers, as d3 is told it."""
    symbols = scene.reader.locale.number_symbols["latn"]
    return {"decimal": symbols["decimal"], "thousands": symbols["group"], "grouping": [3], "currency": ["", ""]}
