"""The languages that embeds speak: those of their own catalogues, so that they need nothing of the pages."""

from gettext import NullTranslations
from importlib.resources import files
from typing import Final

from fastapi import Request

from schemas.reader import Reader, reader_of, readers_of


def _unknown_country(translations: NullTranslations) -> str:
    return translations.gettext("Country unknown")


READERS: Final = readers_of(files("sinks.counters.embeds") / "locales", "embeds", _unknown_country)
"""Adding a language is adding a folder of its name to `locales`."""


def reader_for(request: Request, chosen: str | None = None) -> Reader:
    """Return the reader that a request is from, of the language that was chosen where one was."""
    return reader_of(READERS, chosen or request.query_params.get("lang"), request.headers.get("accept-language", ""))


def words_of(reader: Reader) -> dict[str, str]:
    """Return every sentence that both the widget and its script say."""
    _ = reader.translations.gettext
    return {
        "as_of": _("As of %(moment)s"),
        "stale": _("This number is not new. A newer one appears here once it comes."),
        "lost": _("The counter can't be reached. The number is the last one received."),
    }
