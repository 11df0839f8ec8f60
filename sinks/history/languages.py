"""The languages that the charts page speaks."""

from gettext import NullTranslations
from importlib.resources import files
from typing import Final

from fastapi import Request

from schemas.reader import Reader, reader_of, readers_of


def _unknown_country(translations: NullTranslations) -> str:
    return translations.gettext("Country unknown")


READERS: Final = readers_of(files("sinks.history") / "locales", "history", _unknown_country)
"""Adding a language is adding a folder of its name to `locales`."""


def reader_for(request: Request) -> Reader:
    """Return the reader that a request is from."""
    return reader_of(READERS, request.query_params.get("lang"), request.headers.get("accept-language", ""))
