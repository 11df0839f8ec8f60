"""The person who reads: their language, its direction, and how it writes numbers, days, moments and countries."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from gettext import GNUTranslations, NullTranslations
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from schemas.countries import COUNTRIES
from schemas.report import UNKNOWN_COUNTRY

SOURCE_LANGUAGE: Final = "en"
_REGIONS: Final = {"en": "en_001"}
"""How a language writes days where more than one country speaks it: English, 10 December 2026."""


class Reader:
    """A language that pages speak, with their catalogue in it; `unknown_country` is what they call none."""

    def __init__(self, language: str, translations: NullTranslations, unknown_country: str) -> None:
        self.language = language
        self.translations = translations
        self.locale = Locale.parse(_REGIONS.get(language, language))
        self.direction = "rtl" if self.locale.text_direction == "rtl" else "ltr"
        self.own_name = (Locale.parse(language).get_display_name(language) or language).capitalize()
        self.tag = f"{str(self.locale).replace('_', '-')}-u-nu-latn"
        """What a browser's Intl calls this way of writing, with the digits that `number` has."""
        self._unknown_country = unknown_country

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
            return self._unknown_country
        return str(self.locale.territories.get(code, code))

    @cached_property
    def countries(self) -> Sequence[tuple[str, str]]:
        """Every country's code and name, in the order of an index of this language; unknown is the last."""
        named = [(code, self.country(code)) for code in COUNTRIES - {UNKNOWN_COUNTRY}]
        named.sort(key=lambda pair: place_in_index(pair[1]))
        return [*named, (UNKNOWN_COUNTRY, self.country(UNKNOWN_COUNTRY))]


def readers_of(
    folder: Traversable, domain: str, name_unknown_country: Callable[[NullTranslations], str]
) -> Mapping[str, Reader]:
    """Return the readers by language: the source's, and one for each folder with a catalogue of this domain."""
    known = sorted(one.name for one in folder.iterdir() if _catalogue(folder, one.name, domain).is_file())
    translations = {SOURCE_LANGUAGE: NullTranslations()}
    translations |= {language: _compiled(_catalogue(folder, language, domain), language) for language in known}
    return {language: Reader(language, said, name_unknown_country(said)) for language, said in translations.items()}


def reader_of(readers: Mapping[str, Reader], asked: str | None, accept_language: str) -> Reader:
    """Return the reader of the language that was asked for, else of the first that the browser accepts and we speak."""
    for tag in ([asked] if asked else []) + _accepted(accept_language):
        language = tag.replace("_", "-").partition("-")[0].lower()
        if language in readers:
            return readers[language]
    return readers[SOURCE_LANGUAGE]


def place_in_index(name: str) -> str:
    """Return what a name is sorted by: letters with marks stand beside those without."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return plain.casefold().replace("ł", "l")


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


def _catalogue(folder: Traversable, language: str, domain: str) -> Traversable:
    return folder / language / "LC_MESSAGES" / f"{domain}.po"


def _compiled(catalogue: Traversable, language: str) -> NullTranslations:
    compiled = BytesIO()
    with catalogue.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
