"""Every language says everything that the charts page says, and says it with the same numbers and names in it."""

import pytest
from babel.messages.catalog import Catalog

import sinks.history
from schemas.reader import SOURCE_LANGUAGE
from sinks.counters.languages import READERS as READERS_OF_COUNTERS
from sinks.history.languages import READERS
from tests.translations import check_complete, check_placeholders, said_by, translated

LANGUAGES = [language for language in READERS if language != SOURCE_LANGUAGE]


@pytest.fixture(scope="module")
def said() -> Catalog:
    catalog = said_by(sinks.history)
    assert len(catalog) > 40
    return catalog


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(said: Catalog, language: str) -> None:
    """A language has every message and no other one, none of them empty or doubtful."""
    check_complete(said, translated(sinks.history, language), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    """A translation has the placeholders of its message."""
    check_placeholders(translated(sinks.history, language))


def test_the_counters_and_the_charts_speak_the_same_languages() -> None:
    """Whoever comes from a counter's page can go on in their language."""
    assert set(READERS) == set(READERS_OF_COUNTERS)
