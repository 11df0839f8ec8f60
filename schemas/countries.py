"""Which countries there are: those of ISO 3166-1, and the unknown one."""

from typing import Final

import pycountry

from schemas.report import UNKNOWN_COUNTRY

COUNTRIES: Final = frozenset(country.alpha_2 for country in pycountry.countries) | {UNKNOWN_COUNTRY}
