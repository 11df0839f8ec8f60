"""The charts of the page, in their order."""

from typing import Final

from sinks.history.channels import CHANNELS
from sinks.history.chart import Chart
from sinks.history.hours import HOURS
from sinks.history.lateness import LATENESS
from sinks.history.places import PLACES
from sinks.history.seasons import SEASONS

CHARTS: Final[dict[str, Chart]] = {chart.name: chart for chart in (SEASONS, HOURS, PLACES, LATENESS, CHANNELS)}
"""By their names in addresses."""
