"""What every chart has: a question, what is drawn of the answer, and the same numbers as a table."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Final, NamedTuple

import altair as alt

from schemas.reader import Reader
from sinks.history.figures import Figures
from sinks.history.known import Described, Known
from sinks.history.look import Look

Cell = int | float | None
"""A number of letters, a share between 0 and 1, or nothing."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+):String\}")


class Scene(NamedTuple):
    """For whom a chart is: a campaign, a time zone, and who reads."""

    campaign: Described
    zone: str
    known: Known
    reader: Reader


class Table(NamedTuple):
    """The numbers of a chart: heads of the columns, and rows that begin with a head of their own."""

    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


@dataclass(frozen=True)
class Chart:
    """A chart; `note` says what it leaves out or gathers, and is empty where that is nothing."""

    name: str
    title: Callable[[Reader], str]
    definition: Callable[[Reader], str]
    note: Callable[[Figures, Scene], str]
    table: Callable[[Figures, Scene], Table]
    draw: Callable[[Figures, Scene, Look], alt.Chart]

    @cached_property
    def sql(self) -> str:
        """What is asked, with places for values."""
        return (files("sinks.history") / "queries" / f"{self.name}.sql").read_text("utf-8").strip()

    def values(self, scene: Scene) -> Mapping[str, str]:
        """Return what stands in the places."""
        said = {"campaign": scene.campaign.name, "zone": scene.zone}
        return {name: said[name] for name in sorted(set(_PLACEHOLDER.findall(self.sql)))}


def nothing_left_out(_: Figures, __: Scene) -> str:
    """Return the note of a chart that shows all there is."""
    return ""
