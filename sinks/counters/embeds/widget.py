"""The widget: a small page for a frame on another site, and the JSON that the element of the same name begins with."""

from functools import cache
from typing import Final

import orjson
from babel import Locale, UnknownLocaleError
from jinja2 import Environment
from markupsafe import Markup

from schemas.reader import Reader
from sinks.counters.edition import iso_of
from sinks.counters.embeds.languages import READERS, words_of
from sinks.counters.embeds.subject import Subject
from sinks.counters.templating import environment_of

THEMES: Final = ("light", "dark")
WIDGET_HEADERS: Final = {
    "Cache-Control": "public, max-age=1, stale-while-revalidate=5, stale-if-error=60",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _environment(language: str) -> Environment:
    return environment_of("sinks.counters.embeds", READERS[language])


def widget_of(subject: Subject, reader: Reader, theme: str | None, links: Markup) -> str:
    """Return the page; the number is in it, for those who read without script. `links` are for its head."""
    template = _environment(reader.language).get_template("widget.html")
    said: str = template.render(subject=subject, reader=reader, theme=theme, links=links)
    return said


def beginning_of(subject: Subject, reader: Reader, asked: str | None, as_of: int, limit_ms: int) -> bytes:
    """Return the JSON that an element begins with: the number, what it is called, and how to write it."""
    said = {
        "campaign": subject.campaign,
        "scope": subject.place[0],
        "member": subject.place[1],
        "letters": subject.letters,
        "as_of": iso_of(as_of),
        "title": subject.title,
        "label": subject.label,
        "direction": reader.direction,
        "locale": _locale_of(reader, asked),
        "stale_after_seconds": limit_ms // 1000,
        "words": words_of(reader),
    }
    return orjson.dumps(said)


def _locale_of(reader: Reader, asked: str | None) -> str:
    """Return how a browser is to write numbers: as the page's language does, even one that we don't speak."""
    try:
        locale = Locale.parse((asked or reader.language).replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return reader.tag
    return reader.tag if locale.language == reader.language else str(locale).replace("_", "-")
