"""Figures as CSV, with a head that says what they are. Pure."""

import csv
from datetime import datetime
from io import StringIO

from schemas.reader import SOURCE_LANGUAGE
from sinks.counters.edition import iso_text
from sinks.history.chart import Chart, Scene
from sinks.history.figures import Figures
from sinks.history.languages import READERS


def csv_of(chart: Chart, figures: Figures, scene: Scene) -> str:
    """Return the rows with their columns' names, after lines that begin with `#`: definition, moment and query."""
    english = READERS[SOURCE_LANGUAGE]
    said = [
        f"{chart.title(english)}: {chart.definition(english)}",
        f"As of: {moment_of(figures.as_of)}",
        *(f"{name}: {value}" for name, value in chart.values(scene).items()),
        f"Query: {' '.join(chart.sql.split())}",
    ]
    text = StringIO()
    text.writelines(f"# {line}\r\n" for line in said)
    rows = csv.writer(text)
    rows.writerow(figures.columns)
    rows.writerows([row[name] for name in figures.columns] for row in figures.rows)
    return text.getvalue()


def moment_of(as_of: datetime | None) -> str:
    """Return a moment in ISO 8601, to the millisecond."""
    return "never" if as_of is None else iso_text(as_of)
