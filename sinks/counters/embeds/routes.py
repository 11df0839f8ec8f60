"""What other sites show of the counters, over HTTP: badges, the widget, the element, oEmbed."""

from collections.abc import Mapping
from typing import Annotated, Final

import orjson
from fastapi import FastAPI, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from schemas.reader import Reader
from sinks.counters.answers import Answers, Sources, tagged
from sinks.counters.embeds.asked import subject_asked
from sinks.counters.embeds.badges import add_badges
from sinks.counters.embeds.discovery import discovery_links
from sinks.counters.embeds.languages import reader_for
from sinks.counters.embeds.oembed import Asked, answer_of, as_xml, looks_of, read_address, widget_address
from sinks.counters.embeds.root import root_of
from sinks.counters.embeds.served import FILES, tag_of
from sinks.counters.embeds.subject import Subject
from sinks.counters.embeds.widget import THEMES, WIDGET_HEADERS, beginning_of, widget_of
from sinks.counters.problems import OPEN_TO_ALL, Problem, bad_value, catching_up, missing, unknown

_XML: Final = "text/xml"
_OEMBED_HEADERS: Final = OPEN_TO_ALL | {"Vary": "Accept-Language", "X-Content-Type-Options": "nosniff"}
_STATUSES: Final = {400: 404, 403: 401}
_Room = Annotated[int | None, Query(ge=1, description="pixels")]


def add_embeds(app: FastAPI, sources: Sources, answers: Answers) -> None:
    """Add the routes."""
    add_badges(app, sources)
    _add_files(app)
    _add_beginning(app, sources, answers)
    _add_widget(app, sources)
    _add_oembed(app, sources)


def _add_files(app: FastAPI) -> None:
    @app.get("/embed/{name}", include_in_schema=False)
    async def file(request: Request, name: str) -> Response:
        found = FILES.get(name)
        if found is None:
            raise unknown("file", "one of " + ", ".join(FILES))
        answer = tagged(request, found.tag, lambda: found.content, found.media_type)
        answer.headers["Cache-Control"] = "public, max-age=3600, stale-while-revalidate=86400"
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def _add_beginning(app: FastAPI, sources: Sources, answers: Answers) -> None:
    @app.get("/embed/{scope}/{member}.json", response_class=Response)
    async def beginning(request: Request, scope: str, member: str, campaign: str | None = None) -> Response:
        """Tell one total in the words and with the name that an embed shows."""
        reader, asked = reader_for(request), request.query_params.get("lang")
        subject = subject_asked(sources, reader, campaign, scope, member)
        as_of = sources.board.as_of
        if as_of is None:
            raise catching_up()
        body = beginning_of(subject, reader, asked, as_of, sources.stale_after_ms)
        answer = answers.as_of(request, as_of, body)
        answer.headers["Vary"] = "Accept-Language"
        return answer


def _add_widget(app: FastAPI, sources: Sources) -> None:
    @app.get("/embed/{scope}/{member}", include_in_schema=False)
    async def widget(
        request: Request, scope: str, member: str, campaign: str | None = None, theme: str | None = None
    ) -> Response:
        reader = reader_for(request)
        subject = subject_asked(sources, reader, campaign, scope, member)
        if theme is not None and theme not in THEMES:
            raise bad_value("theme", "light, dark, or leave it out: then it is the reader's")
        text = widget_of(subject, reader, theme, _links(sources, subject, looks_of(request.query_params)))
        headers = WIDGET_HEADERS | {"Content-Language": reader.language}
        if sources.board.is_catching_up:
            return Response(text, 503, headers | {"Cache-Control": "no-store", "Retry-After": "2"}, "text/html")
        answer = tagged(request, tag_of(text.encode()), text.encode, "text/html")
        answer.headers.update(headers)
        return answer


def _links(sources: Sources, subject: Subject, looks: Mapping[str, str]) -> Markup:
    campaign, page = sources.catalogue.campaigns[subject.campaign], widget_address("", subject, looks)
    return discovery_links(sources.counters_url, page, campaign, subject.place[0], subject.label)


def _add_oembed(app: FastAPI, sources: Sources) -> None:
    @app.get("/oembed", response_class=Response)
    async def oembed(
        request: Request,
        url: str | None = None,
        answer_format: Annotated[str, Query(alias="format")] = "json",
        maxwidth: _Room = None,
        maxheight: _Room = None,
    ) -> Response:
        """Tell how to embed what a page shows (oEmbed 1.0)."""
        if answer_format not in {"json", "xml"}:
            raise Problem(501, "unknown_format", "There is no such format.", "Use json or xml.", "format")
        if not url:
            raise missing("url", "Add ?url= with the address of a page or widget of these counters.")
        root = root_of(sources, request)
        asked = read_address(url, root.address)
        if asked is None:
            raise unknown("url", f"the address of a page or widget of {root.address}")
        subject = _found(sources, reader_for(request, asked.looks.get("lang")), asked)
        answer = answer_of(root.address, subject, asked.looks, (maxwidth, maxheight))
        headers = _OEMBED_HEADERS | {"Cache-Control": f"{root.kept_by}, max-age=60"}
        if answer_format == "xml":
            return Response(as_xml(answer), 200, headers, _XML)
        return Response(orjson.dumps(answer), 200, headers, "application/json")


def _found(sources: Sources, reader: Reader, asked: Asked) -> Subject:
    """Return what an address is of; oEmbed knows 401 for what may not be embedded, and 404 for what is not found."""
    try:
        return subject_asked(sources, reader, asked.campaign, asked.scope, asked.member)
    except Problem as problem:
        status = _STATUSES.get(problem.status, problem.status)
        told = problem.body
        raise Problem(status, told["reason"], told["detail"], told["remedy"], "url") from None
