"""The page as HTML: nothing from anywhere else, and no script at all."""

from functools import cache
from typing import Final
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment

from sinks.counters.templating import environment_of
from sinks.history.languages import READERS, reader_for
from sinks.history.page_files import address_of

PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _environment(language: str) -> Environment:
    return environment_of("sinks.history", READERS[language])


def said_on(request: Request) -> tuple[tuple[str, str], ...]:
    """Return what links of the page say again of what was asked."""
    asked = request.query_params
    known = {"campaign": True, "zone": True, "lang": asked.get("lang") in READERS}
    return tuple((name, asked[name]) for name in known if name in asked and known[name])


def rendered(request: Request, template: str, **said: object) -> str:
    """Return the HTML of a template in the reader's language."""
    reader = reader_for(request)
    asked = dict(said_on(request))

    def link(**changes: str | None) -> str:
        told = {name: value for name, value in (asked | changes).items() if value is not None}
        return "?" + urlencode(told)

    return (
        _environment(reader.language)
        .get_template(template)
        .render(
            reader=reader,
            readers=READERS.values(),
            file=address_of,
            link=link,
            asked_language=asked.get("lang"),
            **said,
        )
    )
