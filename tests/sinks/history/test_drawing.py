"""What is drawn is what stands in the table."""

from datetime import UTC, datetime
from random import Random

import pytest
from clickhouse_connect.driver.client import Client

from sinks.history.chart import Chart, Scene
from sinks.history.charts import CHARTS
from sinks.history.drawing import svg_of
from sinks.history.figures import Figures, figures_of
from sinks.history.known import CAMPAIGNS, CASES, SUMMED, known_of
from sinks.history.languages import READERS
from sinks.history.look import THEMES, WIDTHS, look_of
from tests.sinks.clickhouse.history import seasons_history, store_history

NUMBERS = {"seasons": "letters", "hours": "letters", "places": "letters", "channels": "letters", "lateness": "share"}
AS_OF = datetime(2026, 12, 10, tzinfo=UTC)


def scene_of(tables: Client, language: str = "en") -> Scene:
    known = known_of(*(tables.query(question).result_rows for question in (CAMPAIGNS, CASES, SUMMED)))
    return Scene(known.campaigns["w4r-2026"], "Europe/Warsaw", known, READERS[language])


def figures(tables: Client, chart: Chart, scene: Scene) -> Figures:
    result = tables.query(chart.sql, parameters=dict(chart.values(scene)))
    return figures_of(result.column_names, result.result_rows, None)


@pytest.mark.parametrize("name", CHARTS)
def test_every_number_of_the_table_is_drawn(tables: Client, name: str) -> None:
    """A drawing is made from the table's numbers, no other ones; sums and shares of the table are not all drawn."""
    store_history(tables, seasons_history(Random(3), 400))
    chart, scene = CHARTS[name], scene_of(tables)
    found = figures(tables, chart, scene)
    table = chart.table(found, scene)
    last = {"channels": table.heads[-1]}.get(name)
    only = {"lateness": table.heads[-1]}.get(name)
    numbers = [
        number
        for _, cells in table.rows
        for head, number in zip(table.heads[1:], cells, strict=True)
        if number is not None and head != last and only in (None, head)
    ]
    for theme in THEMES:
        for width in WIDTHS:
            spec = chart.draw(found, scene, look_of(theme, width)).to_dict()
            drawn = [row[NUMBERS[name]] for row in spec["datasets"][spec["data"]["name"]]]
            assert sorted(filter(None, drawn)) == sorted(filter(None, numbers))


@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize("name", CHARTS)
def test_a_drawing_says_what_it_is_of_and_as_of_when(tables: Client, name: str, language: str) -> None:
    """A copy of it still says campaign, chart and moment, and it brings nothing that loads or runs."""
    store_history(tables, seasons_history(Random(4), 100))
    scene = scene_of(tables, language)
    found = figures(tables, CHARTS[name], scene)._replace(as_of=AS_OF)
    drawn = svg_of(CHARTS[name], found, scene, look_of("dark", "wide")).decode()
    assert "Write for Rights 2026" in drawn
    assert CHARTS[name].title(scene.reader) in drawn
    assert "01:00:00 UTC+01:00" in drawn
    for word in ("<script", "<image", "<foreignObject", "onload", "@import", "url(http"):
        assert word not in drawn
