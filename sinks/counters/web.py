"""The counters' HTTP: totals, pages, health and metrics on one port."""

from typing import Final

from fastapi import FastAPI

from sinks.counters.answers import Answers, Sources
from sinks.counters.embeds.routes import add_embeds
from sinks.counters.kept_pages import KeptPages
from sinks.counters.membership import is_campaign
from sinks.counters.milestones import add_milestones
from sinks.counters.moments import add_moments
from sinks.counters.pages import add_pages
from sinks.counters.place_pace import add_place_pace
from sinks.counters.places import add_places
from sinks.counters.problems import ProblemTold
from sinks.counters.tallies import add_tallies
from sinks.counters.window_page import add_windows
from sinks.serving import add_operations, tell_problems

_ABOUT: Final = (
    "How many letters were written. No key is needed; anybody may read from anywhere (CORS). Every number says as of "
    "when. Answers carry an ETag and may be kept for a second (`max-age=1`), so that a cache in between answers a "
    "million readers. Problems are told as application/problem+json with field, reason and remedy."
)


def create_app(sources: Sources) -> FastAPI:
    """Return the application; the board must be put to on the event loop that serves it."""
    app = FastAPI(
        title="Letter Tally counters",
        description=_ABOUT,
        docs_url=None,  # those pages load foreign scripts
        redoc_url=None,
        responses={status: {"model": ProblemTold} for status in (400, 404, 422, 503)},
    )
    tell_problems(app, "See /v1/tallies?campaign=, /v1/live?campaign= and the page at /.")
    app.state.is_campaign = lambda campaign: is_campaign(sources.board, sources.catalogue, campaign)
    answers = Answers(sources)
    add_tallies(app, sources, answers)
    add_moments(app, sources, answers)
    add_milestones(app, sources, answers)
    add_embeds(app, sources, answers)
    add_place_pace(app, sources, answers)
    kept = KeptPages(sources.clock_ms)
    add_pages(app, sources, kept)
    add_windows(app, sources, kept)
    add_places(app, sources, kept)
    add_operations(app, sources.health)
    return app
