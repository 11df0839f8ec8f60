"""The page of a window: the letters that came in it, by case and country. Pure but for its route."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from schemas.reader import Reader
from sinks.counters.answers import Sources
from sinks.counters.history import Sum, sums_of
from sinks.counters.kept_pages import KeptPages
from sinks.counters.languages import reader_for
from sinks.counters.pages import absent, campaign_asked, showing_of
from sinks.counters.problems import Problem
from sinks.counters.rates import Moment
from sinks.counters.rendering import asked_by, page
from sinks.counters.windows import NamedWindow, name_of, windows_of
from sinks.counters.wording import moment_in_words
from sinks.counters.world_page import Showing, heading


def add_windows(app: FastAPI, sources: Sources, kept: KeptPages) -> None:
    """Add the route."""

    @app.get("/window/{window}", include_in_schema=False)
    async def show(request: Request, window: str) -> Response:
        return kept.page(asked_by(request), lambda: _shown(request, sources, window))


def _shown(request: Request, sources: Sources, window: str) -> Response:
    asked = campaign_asked(request, sources) or ""
    campaign = sources.catalogue.campaigns.get(asked)
    found = next((one for one in windows_of(campaign) if one.window == window), None) if campaign else None
    if found is None:
        return absent(request, "../", is_campaign_known=campaign is not None)
    showing = showing_of(sources, asked)
    try:
        moment = sources.timeline.moment(asked)
    except Problem:
        return absent(request, "../", is_unread=True)
    said = window_page(showing, reader_for(request), found, moment)
    return page(request, "window.html", status=HTTPStatus.OK, root="../", **said)


def window_page(showing: Showing, reader: Reader, window: NamedWindow, moment: Moment) -> dict[str, Any]:
    """Return what the template `window.html` says; of a window that is not remembered whole, no number."""
    is_remembered = window.minutes.first >= moment.first
    totals: list[Sum] = sums_of(moment, window.minutes)["totals"] if is_remembered else []
    cases = {case.case: case.name for case in showing.campaign.cases} if showing.campaign else {}
    return {
        **heading(showing, reader),
        "name": name_of(window, reader),
        "begins": moment_in_words(reader, window.begins, showing.zone),
        "ends": moment_in_words(reader, window.ends, showing.zone),
        "state": "forgotten" if not is_remembered else _state(window, moment),
        "letters": sum(max(0, one["letters"]) for one in totals if one["scope"] == "world"),
        "cases": _ranked(totals, "case", lambda member: cases.get(member, member)),
        "countries": _ranked(totals, "country", reader.country),
    }


def _state(window: NamedWindow, moment: Moment) -> str:
    minutes = window.minutes
    return "coming" if moment.ends < minutes.first else "over" if moment.ends >= minutes.last else "now"


def _ranked(totals: list[Sum], scope: str, name: Callable[[str], str]) -> list[tuple[str, str, int]]:
    members = [(one["member"], name(one["member"]), max(0, one["letters"])) for one in totals if one["scope"] == scope]
    return sorted(members, key=lambda one: (-one[2], one[1]))
