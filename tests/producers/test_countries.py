"""Which country is meant by what people write."""

import subprocess
import sys

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from producers.countries import country_meant
from producers.form.reader import READERS
from schemas.countries import COUNTRIES

SAID = {
    "PL": ["PL", "pl", " Pl ", "POL", "Poland", "POLAND", "Polska", "polska", "Pologne", "Polonia", "Польша", "波兰"],
    "DE": ["Deutschland", "Niemcy", "Allemagne", "Alemania", "ألمانيا", "ドイツ"],
    "GB": ["UK", "uk", "U.K.", "England", "Scotland", "Wielka Brytania", "Großbritannien", "Vereinigtes Königreich"],
    "US": ["USA", "U.S.A.", "U.S.", "EE. UU.", "EEUU", "Etats Unis", "Stany Zjednoczone"],
    "GR": ["EL", "GR", "Grecja", "Ελλάδα"],
    "IT": ["Włochy", "Wlochy", "Italia"],
    "TG": ["टोगो"],
    "TO": ["टोंगा"],
    "AT": ["Áo"],
    "AO": ["AO", "ao"],
    "ZZ": ["ZZ"],
}  # fmt: skip


@pytest.mark.parametrize(("code", "said"), [(code, one) for code, names in SAID.items() for one in names])
def test_a_country_is_known_by_code_and_by_name(code: str, said: str) -> None:
    """ISO's codes and names, usual other ones, and names in any language, however they are cased and accented."""
    assert country_meant(said) == code


@pytest.mark.parametrize(
    "said", ["", "  ", "Atlantis", "XX", "QQ", "Kongo", "Конго", "Korea", "250", "12", "-", "?", "🇵🇱", "x" * 500]
)
def test_what_nobody_knows_or_several_are_called_is_no_country(said: str) -> None:
    """What no country is called, or two are in different languages, is nobody's; a number is no country's code."""
    assert country_meant(said) is None


@pytest.mark.parametrize("language", READERS)
def test_every_country_is_known_as_the_form_names_it(language: str) -> None:
    """A name that our own form shows in any of its languages means that country."""
    names = Locale.parse(language).territories
    shown = {code: names[code] for code in COUNTRIES - {"ZZ"} if code in names}
    wrong = {code: country_meant(name) for code, name in shown.items() if country_meant(name) != code}
    assert wrong == ({"CG": None} if language == "pl" else {})  # Kongo is another one in other languages


_MANY_AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from babel import localedata
from producers.countries import country_meant

read, real, begin = [], localedata.locale_identifiers, Barrier(8)
localedata.locale_identifiers = lambda: read.append(1) or real()

def ask(name):
    begin.wait()
    return country_meant(name)

with ThreadPoolExecutor(8) as threads:
    print(sorted({*threads.map(ask, ["Grecja", "Hiszpania"] * 4)}), len(read))
"""


def test_the_languages_are_read_once() -> None:
    """However many threads ask at once in a new process, one reads all languages, and the others wait for it."""
    run = subprocess.run([sys.executable, "-c", _MANY_AT_ONCE], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['ES', 'GR'] 1"


@given(st.text())
def test_any_text_means_a_country_or_none(said: str) -> None:
    """Whatever was typed, the answer is a code of ISO 3166-1 or none."""
    assert country_meant(said) in COUNTRIES | {None}
