"""Milestones over HTTP: what was told, what comes next, and feeds of it. Each answer is made once for everybody."""

from collections.abc import Callable
from typing import Final, NamedTuple

import orjson
from fastapi import FastAPI, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from schemas.catalogue import Campaign
from schemas.crossing import Crossing
from schemas.milestones import next_milestone
from schemas.tally import WORLD_MEMBER, Place, Scope
from sinks.counters.answers import Answers, Sources, tagged
from sinks.counters.digest import digest_of
from sinks.counters.edition import Aged, iso_of
from sinks.counters.feeds import atom_of, json_feed_of
from sinks.counters.problems import catching_up, unknown
from sinks.milestones.message import Facts, facts_of
from sinks.milestones.told import Told

MOST_TOLD: Final = 1000
MOST_IN_A_FEED: Final = 100
_REUSE_MS: Final = 250


class Coming(TypedDict):
    """The next milestone of a place, and what is missing of it."""

    scope: Scope
    member: str
    milestone: int
    is_goal: bool
    letters: int
    missing: int


class MilestonesTold(Aged):
    """The newest crossings, the newest first, and what comes next for the world and each case."""

    campaign: str
    as_of: str
    next: list[Coming]
    crossings: list[Facts]


class _Made(NamedTuple):
    of: tuple[int, int]
    as_of: int
    body: bytes


class Milestones:
    """Answers questions about milestones."""

    def __init__(self, sources: Sources, answers: Answers) -> None:
        self._sources, self._answers = sources, answers
        self._made: dict[tuple[str, str], _Made] = {}

    async def told(self, request: Request, campaign: str | None = None) -> Response:
        """Tell the newest 1,000 crossings, and the next milestone of the world and each case with what is missing."""
        turn = self._sources.clock_ms() // _REUSE_MS
        made = self._answer("told", campaign, turn, lambda found, told: orjson.dumps(self._said(found, told)))
        return self._answers.as_of(request, made.as_of, made.body)

    async def json_feed(self, request: Request, campaign: str | None = None) -> Response:
        """Feed the newest 100 crossings as JSON Feed 1.1."""
        made = self._answer("json", campaign, 0, lambda found, told: json_feed_of(found, _newest(found, told)))
        return _fed(request, made.body, "application/feed+json")

    async def atom(self, request: Request, campaign: str | None = None) -> Response:
        """Feed the newest 100 crossings as Atom."""
        made = self._answer("atom", campaign, 0, lambda found, told: atom_of(found, _newest(found, told)))
        return _fed(request, made.body, "application/atom+xml")

    def _answer(self, what: str, asked: str | None, turn: int, make: Callable[[Campaign, Told], bytes]) -> _Made:
        """Return an answer that is made again when there is news, or in another turn; raises Problem."""
        found, told = self._campaign(asked), self._sources.told()
        if told is None:
            raise catching_up()
        key, of = (what, found.campaign), (told.revision, turn)
        made = self._made.get(key)
        if made is None or made.of != of:
            made = self._made[key] = _Made(of, self._sources.board.as_of or 0, make(found, told))
        return made

    def _campaign(self, asked: str | None) -> Campaign:
        found = self._sources.catalogue.campaigns.get(self._answers.campaign(asked))
        if found is None:  # the board has totals of one whose file is gone: it has no milestones
            raise unknown("campaign", "one that has a campaign file: " + ", ".join(self._sources.catalogue.campaigns))
        return found

    def _said(self, campaign: Campaign, told: Told) -> MilestonesTold:
        return {
            "campaign": campaign.campaign,
            "as_of": iso_of(self._sources.board.as_of or 0),
            "next": self._next(campaign),
            "crossings": [facts_of(one, campaign) for one in _newest(campaign, told, MOST_TOLD)],
        }

    def _next(self, campaign: Campaign) -> list[Coming]:
        totals = self._sources.board.totals(campaign.campaign)
        places: list[Place] = [("world", WORLD_MEMBER), *(("case", case.case) for case in campaign.cases)]
        found: list[Coming] = []
        for scope, member in places:
            letters = totals.get((scope, member), (0, 0))[0]
            if coming := next_milestone(campaign, (scope, member), letters):
                found.append(
                    {
                        "scope": scope,
                        "member": member,
                        "milestone": coming.letters,
                        "is_goal": coming.is_goal,
                        "letters": letters,
                        "missing": coming.letters - max(0, letters),
                    }
                )
        return found


def add_milestones(app: FastAPI, sources: Sources, answers: Answers) -> None:
    """Add the routes."""
    milestones = Milestones(sources, answers)
    app.get("/v1/milestones", response_class=Response, responses={200: {"model": MilestonesTold}})(milestones.told)
    app.get("/v1/milestones.json", response_class=Response)(milestones.json_feed)
    app.get("/v1/milestones.atom", response_class=Response)(milestones.atom)


def _newest(campaign: Campaign, told: Told, most: int = MOST_IN_A_FEED) -> list[Crossing]:
    return told.crossings(campaign.campaign)[: -most - 1 : -1]


def _fed(request: Request, body: bytes, media_type: str) -> Response:
    return tagged(request, f'W/"{digest_of(body)}"', lambda: body, media_type)
