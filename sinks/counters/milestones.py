"""Milestones over HTTP: what was told, what comes next, and feeds of it."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from starlette.responses import Response

from schemas.catalogue import Campaign
from schemas.crossing import Crossing
from schemas.milestones import Place, next_milestone
from schemas.tally import WORLD_MEMBER
from sinks.counters.answers import Answers, Sources, tagged
from sinks.counters.edition import iso_of
from sinks.counters.feeds import atom_of, json_feed_of
from sinks.counters.problems import catching_up, unknown
from sinks.milestones.message import facts_of, title_of

MOST_TOLD: Final = 1000
MOST_IN_A_FEED: Final = 100


class Milestones:
    """Answers questions about milestones."""

    def __init__(self, sources: Sources, answers: Answers) -> None:
        self._sources, self._answers = sources, answers

    async def told(self, request: Request, campaign: str | None = None) -> Response:
        """Tell the newest 1,000 crossings, and the next milestone of the world and each case with what is missing."""
        found, board = self._campaign(campaign), self._sources.board
        as_of = board.as_of or 0
        said = {
            "campaign": found.campaign,
            "as_of": iso_of(as_of),
            "next": self._next(found),
            "crossings": [facts_of(one) | {"title": title_of(one, found)} for one in self._newest(found, MOST_TOLD)],
        }
        return self._answers.as_of(request, as_of, orjson.dumps(said))

    async def json_feed(self, request: Request, campaign: str | None = None) -> Response:
        """Feed the newest 100 crossings as JSON Feed 1.1."""
        found = self._campaign(campaign)
        return _fed(request, json_feed_of(found, self._newest(found, MOST_IN_A_FEED)), "application/feed+json")

    async def atom(self, request: Request, campaign: str | None = None) -> Response:
        """Feed the newest 100 crossings as Atom."""
        found = self._campaign(campaign)
        return _fed(request, atom_of(found, self._newest(found, MOST_IN_A_FEED)), "application/atom+xml")

    def _campaign(self, asked: str | None) -> Campaign:
        found = self._sources.catalogue.campaigns.get(self._answers.campaign(asked))
        if found is None:  # the board has totals of one whose file is gone: it has no milestones
            raise unknown("campaign", "one that has a campaign file: " + ", ".join(self._sources.catalogue.campaigns))
        return found

    def _newest(self, campaign: Campaign, most: int) -> list[Crossing]:
        told = self._sources.told()
        if told is None:
            raise catching_up()
        return told.crossings(campaign.campaign)[: -most - 1 : -1]

    def _next(self, campaign: Campaign) -> list[dict[str, Any]]:
        totals = self._sources.board.totals(campaign.campaign)
        places: list[Place] = [("world", WORLD_MEMBER), *(("case", case.case) for case in campaign.cases)]
        found = []
        for place in places:
            letters = totals.get(place, (0, 0))[0]
            if coming := next_milestone(campaign, place, letters):
                scope, member = place
                missing = coming.letters - max(0, letters)
                said = {"scope": scope, "member": member, "milestone": coming.letters, "is_goal": coming.is_goal}
                found.append(said | {"letters": letters, "missing": missing})
        return found


def add_milestones(app: FastAPI, sources: Sources, answers: Answers) -> None:
    """Add the routes."""
    milestones = Milestones(sources, answers)
    routes: dict[str, Callable[..., Any]] = {
        "/v1/milestones": milestones.told,
        "/v1/milestones.json": milestones.json_feed,
        "/v1/milestones.atom": milestones.atom,
    }
    for path, answer in routes.items():
        app.get(path, response_class=Response)(answer)


def _fed(request: Request, body: bytes, media_type: str) -> Response:
    digest = blake2b(body, digest_size=12).hexdigest()
    return tagged(request, f'W/"{digest}"', lambda: body, media_type)
