"""The person who reads: their language, its direction, and how it writes numbers, days and countries."""

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from producers.admission import COUNTRIES
from schemas.report import UNKNOWN_COUNTRY

SOURCE_LANGUAGE: Final = "en"
_REGIONS: Final = {"en": "en_001"}
"""How a language writes days where more than one country speaks it: English, 10 December 2026."""
_LOCALES: Final = files("producers.form") / "locales"


class Reader:
    """A language that the pages speak."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(_REGIONS.get(language, language))
        self.translations = _translations(language)
        self.direction = "rtl" if self.locale.text_direction == "rtl" else "ltr"
        self.own_name = (Locale.parse(language).get_display_name(language) or language).capitalize()

    def number(self, number: int) -> str:
        """Return a number, such as 1,068."""
        return format_decimal(number, locale=self.locale)

    def day(self, day: date) -> str:
        """Return a day, such as 10 December 2026."""
        return format_date(day, "long", locale=self.locale)

    def moment(self, moment: datetime, time_zone: str) -> str:
        """Return a moment with its time zone."""
        return format_datetime(moment, "long", tzinfo=ZoneInfo(time_zone), locale=self.locale)

    def country(self, code: str) -> str:
        """Return a country's name."""
        if code == UNKNOWN_COUNTRY:
            return self.translations.gettext("Unknown, or I would rather not say")
        return str(self.locale.territories.get(code, code))

    @cached_property
    def countries(self) -> Sequence[tuple[str, str]]:
        """Every country's code and name, in the order of an index of this language; unknown is the last."""
        named = [(code, self.country(code)) for code in COUNTRIES - {UNKNOWN_COUNTRY}]
        named.sort(key=lambda pair: _place_in_index(pair[1]))
        return [*named, (UNKNOWN_COUNTRY, self.country(UNKNOWN_COUNTRY))]


def reader_of(asked: str | None, accept_language: str) -> Reader:
    """Return the reader of the language that was asked for, else of the first that the browser accepts and we speak."""
    for tag in ([asked] if asked else []) + _accepted(accept_language):
        language = tag.replace("_", "-").partition("-")[0].lower()
        if language in READERS:
            return READERS[language]
    return READERS[SOURCE_LANGUAGE]


def _accepted(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, the most wanted one first."""
    wanted = []
    for part in header[:1000].split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if tag.strip() and quality > 0:
            wanted.append((-quality, tag.strip()))
    return [tag for _, tag in sorted(wanted, key=lambda pair: pair[0])]


def _translations(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    with (_LOCALES / language / "LC_MESSAGES" / "form.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _place_in_index(name: str) -> str:
    """Return what a name is sorted by: letters with marks stand beside those without."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return plain.casefold().replace("ł", "l")


def _languages() -> list[str]:
    return sorted(folder.name for folder in _LOCALES.iterdir() if (folder / "LC_MESSAGES" / "form.po").is_file())


READERS: Final = {language: Reader(language) for language in (SOURCE_LANGUAGE, *_languages())}
"""Adding a language is adding a folder of its name to `locales`."""
