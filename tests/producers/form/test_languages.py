"""Every language says everything that the pages say, and says it with the same numbers and names in it."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import producers.form
from producers.form.reader import READERS, reader_of
from schemas.reader import SOURCE_LANGUAGE

FOLDER = Path(str(files(producers.form)))
LANGUAGES = [language for language in READERS if language != SOURCE_LANGUAGE]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def said() -> Catalog:
    """Extract what the pages say, as `make messages` does."""
    catalog = Catalog()
    methods = [("*.py", "python"), ("templates/*.html", "jinja2")]
    for _, _, message, _, context in extract_from_dir(str(FOLDER), methods, {"**": {}}):
        catalog.add(message, context=context)
    assert len(catalog) > 50
    return catalog


def translated(language: str) -> Catalog:
    with (FOLDER / "locales" / language / "LC_MESSAGES" / "form.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> Iterator[tuple[str, str]]:
    """Yield each translated form beside what it is made from, of which the last one is for the most numbers."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        yield from ((message.id[1], form) for form in message.string)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(said: Catalog, language: str) -> None:
    """A language has every message and no other one, none of them empty or doubtful, each in all its plural forms."""
    catalog = translated(language)
    assert {message.id for message in catalog if message.id} == {message.id for message in said if message.id}
    assert catalog.num_plurals == Catalog(locale=language).num_plurals
    for message in catalog:
        if message.id:
            assert not message.fuzzy, message.id
            assert all(form.strip() for _, form in forms(message)), message.id
            if not isinstance(message.id, str):
                assert len(message.string) == catalog.num_plurals, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_kept(language: str) -> None:
    """A translation has the placeholders of its message; a plural form for one number alone may say it in words."""
    for message in translated(language):
        pairs = list(forms(message)) if message.id else []
        for original, form in pairs:
            wanted, found = PLACEHOLDER.findall(original), PLACEHOLDER.findall(form)
            assert sorted(found) == sorted(wanted) or (len(pairs) > 1 and form != pairs[-1][1] and not found)


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
