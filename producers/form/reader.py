"""The languages that the form speaks."""

from gettext import NullTranslations
from importlib.resources import files
from typing import Final

from schemas import reader
from schemas.reader import Reader


def _unknown_country(translations: NullTranslations) -> str:
    return translations.gettext("Unknown, or I would rather not say")


READERS: Final = reader.readers_of(files("producers.form") / "locales", "form", _unknown_country)
"""Adding a language is adding a folder of its name to `locales`."""


def reader_of(asked: str | None, accept_language: str) -> Reader:
    """Return the reader of the language that was asked for, else of the first that the browser accepts and we speak."""
    return reader.reader_of(READERS, asked, accept_language)
