"""Pages as HTML: nothing from anywhere else, and no word of script or style in them but by address."""

from functools import cache
from typing import Final
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment
from starlette.responses import Response

from schemas.reader import Reader
from sinks.counters.languages import READERS, reader_for
from sinks.counters.page_files import address_of
from sinks.counters.templating import environment_of

PAGE_HEADERS: Final = {
    "Cache-Control": "public, max-age=1, stale-while-revalidate=5",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _environment(language: str) -> Environment:
    return environment_of("sinks.counters", READERS[language])


def asked_by(request: Request) -> tuple[str, ...]:
    """Return all that a page depends on besides the numbers: its address, and the language that it is read in."""
    campaign = request.query_params.get("campaign", "")  # before all is read a page may be of one that is not known
    return request.url.path, reader_for(request).language, campaign, query_of(request)


def query_of(request: Request, **changes: str | None) -> str:
    """Return what a link to another page says after its path, `?` included; a change to None leaves a name out.

    Of what was asked only what is known is said on: a page has hundreds of links.
    """
    asked = request.query_params
    is_known = {
        "campaign": request.app.state.is_campaign(asked.get("campaign", "")),
        "lang": asked.get("lang") in READERS,
        "sort": asked.get("sort") == "name",
    }
    said = {name: asked[name] for name, is_said in is_known.items() if is_said} | changes
    return "?" + urlencode({name: value for name, value in said.items() if value is not None})


def page(request: Request, template: str, *, status: int = 200, root: str = "", **said: object) -> Response:
    """Return a page in the reader's language; `root` leads from where it stands to the counters' first page."""
    reader = reader_for(request)
    text = rendered(
        reader,
        template,
        root=root,
        in_language=lambda language: query_of(request, lang=language),
        link=lambda **changes: query_of(request, **changes),
        **said,
    )
    return Response(text, status, PAGE_HEADERS | {"Content-Language": reader.language}, "text/html")


def rendered(reader: Reader, template: str, *, root: str, **said: object) -> str:
    """Return the HTML of a template."""
    return (
        _environment(reader.language)
        .get_template(template)
        .render(reader=reader, readers=READERS.values(), file=lambda name: address_of(name, root), root=root, **said)
    )
