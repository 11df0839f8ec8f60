"""The country that somebody means, by code or by name, in every language that Babel knows; never a guess."""

import pickle
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

import pycountry
from babel import localedata

from schemas.countries import COUNTRIES
from schemas.report import UNKNOWN_COUNTRY

EXPECTED: Final = (
    f"expected a country: two letters of ISO 3166-1, such as PL, or a name of it, or {UNKNOWN_COUNTRY} if unknown"
)
_CODE_LETTERS: Final = 2
_OTHER_CODES: Final = {"UK": "GB", "EL": "GR"}
_OTHER_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "AE": ("UAE", "U.A.E.", "Emirates", "Emiratos Árabes", "Emirats arabes", "الإمارات"),
    "AG": ("Antigua",),
    "CD": ("DR Congo", "DRC", "Democratic Republic of the Congo", "RD Congo"),
    "CZ": ("República Checa", "République tchèque", "Republika Czeska", "Tschechische Republik"),
    "GB": (
        *("U.K.", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"),
        *("Grande-Bretagne", "Angleterre", "Écosse", "Pays de Galles", "Irlande du Nord"),
        *("Inglaterra", "Escocia", "Gales", "Irlanda del Norte", "Anglia", "Szkocja", "Walia", "Irlandia Północna"),
        *("Großbritannien", "Schottland", "Nordirland", "بريطانيا", "إنجلترا"),
    ),
    "GM": ("The Gambia",),
    "BS": ("The Bahamas",),
    "IE": ("Republic of Ireland",),
    "KR": ("Republic of Korea",),
    "MK": ("Macedonia",),
    "NL": ("The Netherlands", "Hollande", "Holandia"),
    "PS": ("Palestine", "Palestina", "Palestyna", "Palästina", "فلسطين"),
    "TT": ("Trinidad",),
    "US": ("U.S.", "U.S.A.", "America", "EE. UU.", "EEUU", "E.E.U.U.", "États-Unis d'Amérique", "Vereinigte Staaten"),
}
_ISO_NAMES: Final = ("alpha_3", "name", "official_name", "common_name")
_LETTERS_WITHOUT_MARKS: Final = str.maketrans("łøđðħı", "loddhi")
_reading: Final = Lock()


def country_meant(said: str) -> str | None:
    """Return the code of ISO 3166-1 alpha-2, or None where nobody can tell which country is meant."""
    text = said.strip()
    code = text.upper()
    if text.isascii() and len(text) == _CODE_LETTERS:
        return code if code in COUNTRIES else _OTHER_CODES.get(code)
    name = _plain(text)
    return _names().get(name) or _names_in_all_languages().get(name)


def read_all_languages() -> None:
    """Read now, for seconds, what the first name that is not ISO's would else wait for."""
    _names_in_all_languages()


def _plain(said: str) -> str:
    """Return a name without case, accents and punctuation; vowel signs of Indic scripts, which are no accents, stay."""
    spread = unicodedata.normalize("NFKD", said.casefold()).translate(_LETTERS_WITHOUT_MARKS)
    own = (one for one in spread if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")
    kept = (one if one.isalpha() or unicodedata.category(one).startswith("M") else " " for one in own)
    return " ".join("".join(kept).split())


def _unambiguous(named: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    meant: dict[str, set[str]] = {}
    for name, code in named:
        meant.setdefault(_plain(name), set()).add(code)
    return {name: codes.pop() for name, codes in meant.items() if name and len(codes) == 1}


@cache
def _names() -> Mapping[str, str]:
    """Return the countries by ISO's own names of them, and those that people give them besides."""
    iso = (
        (name, country.alpha_2)
        for country in pycountry.countries
        for field in _ISO_NAMES
        if (name := getattr(country, field, None))
    )
    others = ((name, code) for code, names in _OTHER_NAMES.items() for name in names)
    return _unambiguous((*iso, *others))


def _names_in_all_languages() -> Mapping[str, str]:
    with _reading:  # a cache alone would let every thread that comes meanwhile read them too
        return _read_all_languages()


@cache
def _read_all_languages() -> Mapping[str, str]:
    """Return the countries by their names in some 300 languages; what means another one elsewhere means none.

    Babel's own reader would keep everything that it knows of each language in memory: 200 MB.
    """
    return _unambiguous(
        (name, code)
        for locale in localedata.locale_identifiers()
        for code, name in _territories(Path(localedata.resolve_locale_filename(locale))).items()
        if code in COUNTRIES - {UNKNOWN_COUNTRY}
    )


def _territories(file: Path) -> dict[str, str]:
    known: dict[str, dict[str, str]] = pickle.loads(file.read_bytes())  # noqa: S301 (a file of the library)
    return known.get("territories", {})
