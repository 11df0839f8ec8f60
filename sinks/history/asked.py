"""What a request asks for; what can't be is a Problem, with what to do about it."""

from datetime import UTC, datetime

from fastapi import Request

from sinks.counters.problems import Problem, bad_value, unknown
from sinks.history.chart import Chart, Scene
from sinks.history.charts import CHARTS
from sinks.history.known import Known
from sinks.history.languages import reader_for
from sinks.history.look import THEMES, WIDTHS, Look, look_of
from sinks.history.zones import known_zones


def scene_of(request: Request, known: Known) -> Scene | None:
    """Return whose history is asked for, the newest campaign's where none is said; None where there is no campaign."""
    asked, zone = request.query_params.get("campaign"), request.query_params.get("zone")
    if asked and asked not in known.campaigns:
        raise unknown("campaign", "one of " + (", ".join(known.campaigns) or "none: there is none yet"))
    if zone and zone not in known_zones():
        raise bad_value("zone", "the name of a time zone, such as Europe/Warsaw")
    if not known.campaigns:
        return None
    campaign = known.campaigns[asked] if asked else next(iter(known.campaigns.values()))
    return Scene(campaign, zone or campaign.zone, known, reader_for(request))


def chart_of(name: str) -> Chart:
    """Return a chart by its name."""
    if name not in CHARTS:
        raise unknown("chart", "one of " + ", ".join(CHARTS))
    return CHARTS[name]


def campaign_needed(scene: Scene | None) -> Scene:
    """Return the scene; there must be one."""
    if scene is None:
        raise Problem(404, "no_campaign", "There is no campaign yet.", "Ask again when there is one.")
    return scene


def look_asked(request: Request) -> Look:
    """Return the look that is asked for: light and wide where nothing is said."""
    theme, width = request.query_params.get("theme", "light"), request.query_params.get("width", "wide")
    for known_theme in THEMES:
        for known_width in WIDTHS:
            if (theme, width) == (known_theme, known_width):
                return look_of(known_theme, known_width)
    raise bad_value("theme" if theme not in THEMES else "width", "light or dark, wide or narrow")


def moment_asked(request: Request) -> datetime | None:
    """Return the moment whose numbers a page has; None where nobody says one, or what is none."""
    try:
        return datetime.fromisoformat(request.query_params.get("as_of", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
