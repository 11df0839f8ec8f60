"""What the page says of each chart, filled in for one reader. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from babel.numbers import format_percent

from schemas.reader import Reader
from sinks.history.chart import Cell, Chart, Scene, Table
from sinks.history.csv_text import moment_of
from sinks.history.figures import Figures
from sinks.history.moments import moment_in_words


class Shown(NamedTuple):
    """A chart as the template `chart.html` says it."""

    name: str
    title: str
    definition: str
    note: str
    described: str
    as_of: str
    as_of_text: str
    table: Table
    is_empty: bool
    sql: str
    values: Mapping[str, str]


def shown_of(chart: Chart, figures: Figures, scene: Scene) -> Shown:
    """Return what is said of a chart."""
    _ = scene.reader.translations.gettext
    title, is_empty = chart.title(scene.reader), not figures.rows
    return Shown(
        chart.name,
        title,
        chart.definition(scene.reader),
        "" if is_empty else chart.note(figures, scene),
        _("%(title)s, drawn. The same numbers are in the table below.") % {"title": title},
        moment_of(figures.as_of),
        _as_of_in_words(figures.as_of, scene),
        Table([], []) if is_empty else chart.table(figures, scene),
        is_empty,
        chart.sql,
        chart.values(scene),
    )


def _as_of_in_words(as_of: datetime | None, scene: Scene) -> str:
    if as_of is None:
        return scene.reader.translations.gettext("not known yet")
    return moment_in_words(scene.reader, as_of, scene.zone)


def cell_in_words(cell: Cell, reader: Reader) -> str:
    """Return a number as the reader writes it."""
    if cell is None:
        return ""
    return reader.number(cell) if isinstance(cell, int) else str(format_percent(cell, "0.0%", locale=reader.locale))
