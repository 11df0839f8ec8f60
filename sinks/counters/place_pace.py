"""How fast letters come for one case or from one country, over HTTP."""

from typing import Final

from fastapi import FastAPI, Request
from starlette.responses import Response

from schemas.tally import Place, Scope
from sinks.counters.answers import Answers, Sources
from sinks.counters.membership import check_place
from sinks.counters.problems import Problem, bad_value
from sinks.counters.rates import Pace, PlacePace, place_pace_of

PACED: Final[tuple[Scope, ...]] = ("country", "case")
"""What is kept by the minute, besides the world."""


def add_place_pace(app: FastAPI, sources: Sources, answers: Answers) -> None:
    """Add the route."""

    @app.get("/v1/rates/{scope}/{member}", response_class=Response, responses={200: {"model": PlacePace}})
    async def place_pace(request: Request, scope: str, member: str, campaign: str | None = None) -> Response:
        """Tell the letters of a country or a case: of the last minute, hour and day, and today's by ten minutes."""
        known = answers.campaign(campaign)
        place = check_place(sources.board, sources.catalogue, known, scope, member)
        if place[0] not in PACED:
            raise bad_value("scope", f"one of {', '.join(PACED)}; /v1/rates tells the world's")
        moment = sources.timeline.moment(known)
        zone = sources.timeline.zone(known)
        return answers.kept(request, ("pace", known, *place), moment.as_of, lambda: place_pace_of(moment, place, zone))


def pace_if_known(sources: Sources, campaign: str, place: Place) -> Pace | None:
    """Return the same for a page, or nothing."""
    if place[0] not in PACED:
        return None
    try:
        return place_pace_of(sources.timeline.moment(campaign), place, sources.timeline.zone(campaign))
    except Problem:
        return None
