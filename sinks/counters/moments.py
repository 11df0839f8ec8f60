"""Rates, rankings, series and windows over HTTP; all of it from memory."""

from typing import Annotated, Final, Literal, TypeVar, get_args

from fastapi import FastAPI, Query, Request
from starlette.responses import Response

from schemas.tally import MINUTE_SCOPES, WORLD_MEMBER, Scope
from sinks.counters.answers import Answers, Sources
from sinks.counters.edition import iso_of
from sinks.counters.history import STEPS, Series, Window, WindowSums, series_of, sums_of, window_of, zone_of
from sinks.counters.membership import check_place, check_scope
from sinks.counters.problems import bad_value, missing, unknown
from sinks.counters.rates import Moment, Ranking, Rates, first_of, midnight_of
from sinks.counters.windows import windows_of

Period = Literal["total", "today", "hour", "minute"]
_Word = TypeVar("_Word", bound=str)
_PERIODS: Final[tuple[Period, ...]] = get_args(Period)
MOST_RANKED: Final = 250
_Begins = Annotated[str | None, Query(alias="from", description="ISO 8601; without an offset in `zone`")]
_Ends = Annotated[str | None, Query(alias="to", description="ISO 8601; without an offset in `zone`")]
_Zone = Annotated[str | None, Query(description="of the time zone database; without it the campaign's")]


class Moments:
    """Answers questions about when letters came."""

    def __init__(self, sources: Sources, answers: Answers) -> None:
        self._sources, self._answers, self._timeline = sources, answers, sources.timeline

    async def rates(self, request: Request, campaign: str | None = None) -> Response:
        """Tell the letters of the last minute, hour and day, and where they came from."""
        moment = self._moment(campaign)
        return self._answers.as_of(request, moment.as_of, self._timeline.rates(moment.campaign))

    async def top(
        self,
        request: Request,
        campaign: str | None = None,
        scope: str = "country",
        by: str = "total",
        limit: Annotated[int, Query(ge=1, le=MOST_RANKED)] = 10,
    ) -> Response:
        """Rank the members of a scope by letters: total, today, of the last hour, of the last whole minute."""
        moment, known, period = self._moment(campaign), check_scope(scope), _one_of("by", by, _PERIODS)
        if period != "total":
            _check_minutes(known)
        asked = ("top", moment.campaign, known, period, limit)
        return self._answers.kept(request, asked, moment.as_of, lambda: self._ranking(moment, known, period, limit))

    async def history(
        self,
        request: Request,
        *,
        campaign: str | None = None,
        scope: str = "world",
        member: str = WORLD_MEMBER,
        by: str = "hour",
        begins: _Begins = None,
        ends: _Ends = None,
        zone: _Zone = None,
    ) -> Response:
        """Tell the letters of the world, a country or a case by minute, hour or day of the last three days."""
        moment = self._moment(campaign)
        place = check_place(self._sources.board, self._sources.catalogue, moment.campaign, scope, member)
        _check_minutes(place[0])
        step, time_zone = _one_of("by", by, STEPS), self._zone(zone, moment)
        window = window_of(moment, (begins, ends), time_zone)
        asked = ("history", moment.campaign, *place, step, *window, time_zone)
        return self._answers.kept(
            request, asked, moment.as_of, lambda: series_of(moment, place, step, window, time_zone)
        )

    async def window(
        self,
        request: Request,
        *,
        campaign: str | None = None,
        begins: _Begins = None,
        ends: _Ends = None,
        zone: _Zone = None,
        window: Annotated[str | None, Query(description="one of the campaign's, instead of `from` and `to`")] = None,
    ) -> Response:
        """Tell the letters of any window of the last three days: the world's, each country's, each case's."""
        if window is not None:
            return self._named(request, self._moment(campaign), window)
        if not begins or not ends:
            raise missing("to" if begins else "from", "Say when the window begins and ends: &from=&to=.")
        moment = self._moment(campaign)
        asked = window_of(moment, (begins, ends), self._zone(zone, moment))
        return self._summed(request, moment, asked)

    def _named(self, request: Request, moment: Moment, window: str) -> Response:
        campaign = self._sources.catalogue.campaigns.get(moment.campaign)
        known = windows_of(campaign) if campaign else ()
        found = next((one for one in known if one.window == window), None)
        if found is None:
            raise unknown("window", "one of " + ", ".join(one.window for one in known))
        return self._summed(request, moment, found.minutes)

    def _summed(self, request: Request, moment: Moment, window: Window) -> Response:
        asked = ("window", moment.campaign, *window)
        return self._answers.kept(request, asked, moment.as_of, lambda: sums_of(moment, window))

    def _moment(self, campaign: str | None) -> Moment:
        return self._timeline.moment(self._answers.campaign(campaign))

    def _zone(self, asked: str | None, moment: Moment) -> str:
        return zone_of(asked, self._timeline.zone(moment.campaign))

    def _ranking(self, moment: Moment, scope: Scope, by: Period, limit: int) -> Ranking:
        return {
            "campaign": moment.campaign,
            "as_of": iso_of(moment.as_of),
            "scope": scope,
            "by": by,
            "members": first_of(self._letters(moment, scope, by).items(), limit),
        }

    def _letters(self, moment: Moment, scope: Scope, by: Period) -> dict[str, int]:
        if by == "total":
            totals = self._sources.board.totals(moment.campaign)
            return {member: pair[0] for (known, member), pair in totals.items() if known == scope and pair[0]}
        ends = moment.ends
        if by == "today":
            return moment.of_members(scope, midnight_of(moment.as_of, self._zone(None, moment)), ends + 1)
        return moment.of_members(scope, ends - (60 if by == "hour" else 1), ends)


def add_moments(app: FastAPI, sources: Sources, answers: Answers) -> None:
    """Add the routes."""
    moments = Moments(sources, answers)
    app.get("/v1/rates", response_class=Response, responses={200: {"model": Rates}})(moments.rates)
    app.get("/v1/top", response_class=Response, responses={200: {"model": Ranking}})(moments.top)
    app.get("/v1/history", response_class=Response, responses={200: {"model": Series}})(moments.history)
    app.get("/v1/window", response_class=Response, responses={200: {"model": WindowSums}})(moments.window)


def _check_minutes(scope: Scope) -> None:
    if scope not in MINUTE_SCOPES:
        raise bad_value("scope", f"one that is kept by the minute: {', '.join(MINUTE_SCOPES)}")


def _one_of(field: str, asked: str, known: tuple[_Word, ...]) -> _Word:
    found = next((word for word in known if word == asked), None)
    if found is None:
        raise bad_value(field, "one of " + ", ".join(known))
    return found
