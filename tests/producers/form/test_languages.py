"""Every language says everything that the pages say, and says it with the same numbers and names in it."""

import pytest
from babel.messages.catalog import Catalog

import producers.form
from producers.form.reader import READERS, reader_of
from schemas.reader import SOURCE_LANGUAGE
from tests.translations import check_complete, check_placeholders, said_by, translated

LANGUAGES = [language for language in READERS if language != SOURCE_LANGUAGE]


@pytest.fixture(scope="module")
def said() -> Catalog:
    catalog = said_by(producers.form)
    assert len(catalog) > 50
    return catalog


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(said: Catalog, language: str) -> None:
    """A language has every message and no other one, none of them empty or doubtful, each in all its plural forms."""
    check_complete(said, translated(producers.form, language), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    """A translation has the placeholders of its message; a plural form for one number alone may say it in words."""
    check_placeholders(translated(producers.form, language))


@pytest.mark.parametrize(
    ("language", "letters", "sentence"),
    [
        ("en", 1, "You reported 1 letter."),
        ("en", 1068, "You reported 1,068 letters."),
        ("es", 1, "Comunicaste 1 carta."),
        ("es", 21068, "Comunicaste 21.068 cartas."),
        ("fr", 0, "Vous avez déclaré 0 lettre."),
        ("fr", 1068, "Vous avez déclaré 1\u202f068 lettres."),
        ("pl", 22, "Zgłoszono 22 listy."),
        ("pl", 12, "Zgłoszono 12 listów."),
        ("pl", 21068, "Zgłoszono 21\xa0068 listów."),
        ("ar", 2, "أبلغت عن رسالتين."),
        ("ar", 3, "أبلغت عن 3 رسائل."),
        ("ar", 11, "أبلغت عن 11 رسالة."),
        ("ar", 100, "أبلغت عن 100 رسالة."),
    ],
)
def test_numbers_have_their_plural_form(language: str, letters: int, sentence: str) -> None:
    """A number stands in the form that the language has for it, with its own separators."""
    reader = READERS[language]
    ids = "You reported %(number)s letter.", "You reported %(number)s letters."
    assert reader.translations.ngettext(*ids, letters) % {"number": reader.number(letters)} == sentence


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "es-MX,es;q=0.9,en;q=0.8", "es"),
        (None, "de, ar-EG;q=0.5, fr;q=0.7", "fr"),
        (None, "fr;q=0, pl", "pl"),
        (None, "*, ;;q=x, zz", "en"),
        ("ar", "es", "ar"),
        ("pt_BR", "es", "es"),
    ],
)
def test_the_reader_chooses_the_language(asked: str | None, accepted: str, language: str) -> None:
    """What was asked for is spoken, else the most wanted language that there is, else English."""
    assert reader_of(asked, accepted).language == language


@pytest.mark.parametrize("language", READERS)
def test_every_country_can_be_found(language: str) -> None:
    """Every country has a name in every language, in the order of its alphabet, and unknown stands at the end."""
    countries = READERS[language].countries
    assert len(countries) == len(dict(countries)) > 240
    assert not [code for code, name in countries if code == name]
    assert countries[-1][0] == "ZZ"
    names = {code: place for place, (code, _) in enumerate(countries)}
    if language == "pl":
        assert names["LT"] < names["LV"] < names["MK"]  # Litwa, Łotwa, Macedonia
    assert READERS["ar"].direction == "rtl"
