"""Every language says everything that embeds say, and says it with the same numbers and names in it."""

from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from schemas.reader import SOURCE_LANGUAGE
from sinks.counters.embeds.languages import READERS

FOLDER = Path(str(files("sinks.counters.embeds")))
LANGUAGES = [language for language in READERS if language != SOURCE_LANGUAGE]


@pytest.fixture(scope="module")
def said() -> set[str]:
    methods = [("*.py", "python"), ("templates/*.html", "jinja2")]
    found = {str(message) for _, _, message, _, _ in extract_from_dir(str(FOLDER), methods, {"**": {}})}
    assert len(found) > 10
    return found


def catalogue(language: str) -> Catalog:
    with (FOLDER / "locales" / language / "LC_MESSAGES" / "embeds.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(said: set[str], language: str) -> None:
    """A language has every message and no other one, none of them empty or doubtful, with the same placeholders."""
    messages = [message for message in catalogue(language) if message.id]
    assert {message.id for message in messages} == said
    for message in messages:
        assert message.string, message.id
        assert not message.fuzzy, message.id
        for placeholder in ("%(name)s", "%(number)s", "%(moment)s"):
            assert message.string.count(placeholder) == message.id.count(placeholder), message.id


def test_the_form_and_the_embeds_speak_the_same_languages() -> None:
    """Whoever reports in a language can read how many did."""
    form = Path(str(files("producers.form"))) / "locales"
    assert {SOURCE_LANGUAGE, *(one.name for one in form.iterdir() if one.is_dir())} == set(READERS)
