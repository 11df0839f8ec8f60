"""What is known now, and the figures of each chart: asked once for as long as the sums stay the same."""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sinks.history.asking import Asking
from sinks.history.chart import Chart, Scene
from sinks.history.figures import Figures, figures_of
from sinks.history.kept import Kept
from sinks.history.known import CAMPAIGNS, CASES, SUMMED, Known, known_of

_REUSE_MS: Final = 2000
_MOST_BYTES: Final = 64 * 2**20
_VALUE_BYTES: Final = 100


class History:
    """Answers what pages show; `clock_ms` gives epoch milliseconds. Raises UnansweredError where nobody can tell."""

    def __init__(self, asking: Asking, clock_ms: Callable[[], int]) -> None:
        self._asking, self._clock_ms = asking, clock_ms
        self._known = Kept[Known](1, lambda _: 1)
        self._figures = Kept[Figures](_MOST_BYTES, _size_of)

    async def known(self) -> Known:
        """Return campaigns and the sums' moment as they were at most some seconds ago."""
        return await self._known.get(self._clock_ms() // _REUSE_MS, self._ask_known)

    async def figures(self, chart: Chart, scene: Scene, as_of: datetime | None = None) -> Figures:
        """Return the figures of a chart: those of a moment while they are kept, else the newest."""
        question = (chart.name, *chart.values(scene).values())
        if as_of is not None and (kept := self._figures.known((*question, as_of))) is not None:
            return kept
        asked = (*question, scene.known.as_of)
        found = await self._figures.get(asked, lambda: self._ask(chart, scene))
        self._figures.put((*question, found.as_of), found)
        return found

    async def _ask_known(self) -> Known:
        told = [(await self._asking.ask(question)).rows for question in (CAMPAIGNS, CASES, SUMMED)]
        return known_of(*told)

    async def _ask(self, chart: Chart, scene: Scene) -> Figures:
        answer = await self._asking.ask(chart.sql, chart.values(scene))
        return await asyncio.to_thread(figures_of, answer.columns, answer.rows, scene.known.as_of)


def _size_of(figures: Figures) -> int:
    values = len(figures.rows) * len(figures.columns)
    return sys.getsizeof(figures.rows) + values * _VALUE_BYTES
