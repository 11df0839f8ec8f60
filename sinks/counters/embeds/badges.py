"""Badges over HTTP: any total as a small picture."""

from typing import Annotated, Final, NamedTuple

from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import Response

from sinks.counters.answers import Sources, tagged
from sinks.counters.embeds.asked import subject_asked
from sinks.counters.embeds.badge import HIGHEST, LOWEST, MOST_LABEL, USUAL, Badge, badge_of, drawable, title_of
from sinks.counters.embeds.languages import reader_for
from sinks.counters.embeds.png import Pictures
from sinks.counters.embeds.served import tag_of
from sinks.counters.problems import bad_value

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",  # whoever opens a picture by itself opens no page
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}
_Height = Annotated[int, Query(ge=LOWEST, le=HIGHEST, description="pixels; the width follows")]
_Label = Annotated[str | None, Query(description="what stands before the number, instead of what we call it")]
_Campaign = Annotated[str | None, Query(description="the id of a campaign that allows it")]


class _Look(NamedTuple):
    """Of which campaign a badge is, and how it is to look."""

    campaign: str | None
    label: str | None
    height: int


def _look(campaign: _Campaign = None, label: _Label = None, height: _Height = USUAL) -> _Look:
    return _Look(campaign, label, height)


_Asked = Annotated[_Look, Depends(_look)]


def add_badges(app: FastAPI, sources: Sources) -> None:
    """Add the routes."""
    pictures = Pictures()

    @app.get("/badge/{scope}/{member}.svg", response_class=Response, responses=_described("image/svg+xml"))
    async def svg(request: Request, scope: str, member: str, asked: _Asked) -> Response:
        """Show one total as SVG."""
        badge, title = _badge(sources, request, (scope, member), asked)
        return _shown(request, sources, badge.svg(title).encode(), "image/svg+xml")

    @app.get("/badge/{scope}/{member}.png", response_class=Response, responses=_described("image/png"))
    async def png(request: Request, scope: str, member: str, asked: _Asked) -> Response:
        """Show one total as PNG."""
        badge, title = _badge(sources, request, (scope, member), asked)
        if not badge.can_be_drawn:
            raise bad_value(
                "label", "one in Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew or Arabic letters, or SVG"
            )
        return _shown(request, sources, await pictures.png(badge, title), "image/png")


def _badge(sources: Sources, request: Request, place: tuple[str, str], asked: _Look) -> tuple[Badge, str]:
    reader, label = reader_for(request), asked.label
    subject = subject_asked(sources, reader, asked.campaign, *place)
    if label is not None:
        if not (0 < len(label) <= MOST_LABEL and drawable(label) == label):
            raise bad_value("label", f"1 to {MOST_LABEL} characters on one line")
        subject = subject._replace(label=label)
    return badge_of(subject, reader, asked.height), title_of(subject, reader)


def _shown(request: Request, sources: Sources, picture: bytes, media_type: str) -> Response:
    """Return the picture; one that says that nothing is known yet is nothing to keep."""
    if sources.board.is_catching_up:
        return Response(picture, 503, _HEADERS | {"Cache-Control": "no-store", "Retry-After": "2"}, media_type)
    answer = tagged(request, tag_of(picture), lambda: picture, media_type)
    answer.headers.update(_HEADERS)
    return answer


def _described(media_type: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {media_type: {}}}, 403: {"description": "The campaign does not let other sites show it."}}
