"""What one cell says: a whole number, a day, a name; or why it says none. Never a guess. Pure."""

import re
from datetime import date, datetime, time
from typing import Final, NamedTuple

from producers.channels.sheet.grid import Value, is_blank
from schemas.rejection import Reason
from schemas.report import MOST_LETTERS

_LONGEST_NAME: Final = 200
_SPACES: Final = " \xa0\u202f\u2009"
_DIGITS: Final = re.compile(r"\d{1,12}(?:[.,]0{1,2})?")
_GROUPED: Final = re.compile(rf"\d{{1,3}}([.,'\N{{RIGHT SINGLE QUOTATION MARK}}{_SPACES}])\d{{3}}(?:\1\d{{3}}){{0,3}}")
_DASHES: Final = frozenset({"-", "–", "—"})  # noqa: RUF001 (the dash that spreadsheets put for nothing)
_BROKEN: Final = re.compile(r"#[A-Z][A-Z0-9/-]*[!?]?")
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_DOTTED: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_MONTHS: Final = 12


class Problem(NamedTuple):
    """Why a cell can't be used, without what it says: that may be anything."""

    reason: Reason
    why: str


NO_NUMBER: Final = Problem("bad_value", "expected a whole number, such as 1068")
NO_DAY: Final = Problem("bad_value", "expected a day, such as 2026-12-10 or 10.12.2026")
BROKEN: Final = Problem("bad_value", "this formula has no value: open the sheet in a spreadsheet program and save it")


def shown(value: Value) -> str:
    """Return a cell as a person would see it, on one line."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return "" if value is None else " ".join(str(value).replace("\x00", "").strip("\ufeff\u200e\u200f").split())


def is_broken(value: Value) -> bool:
    """Return whether a cell shows the error of a formula instead of a value."""
    return isinstance(value, str) and bool(_BROKEN.fullmatch(value.strip()))


def name_in(value: Value) -> str | Problem | None:
    """Return the name that a cell says, or None where it is blank."""
    if is_blank(value):
        return None
    if is_broken(value):
        return BROKEN
    name = shown(value)
    return name if len(name) <= _LONGEST_NAME else Problem("bad_value", f"expected at most {_LONGEST_NAME} characters")


def number_in(value: Value) -> int | Problem | None:
    """Return the number of letters that a cell says, None where it is blank or a dash; 1.068 is a thousand and more."""
    if is_blank(value) or (isinstance(value, str) and value.strip() in _DASHES):
        return None
    if is_broken(value):
        return BROKEN
    number = _whole(value)
    if number is None:
        return NO_NUMBER
    if not 0 <= number <= MOST_LETTERS:
        return Problem("count_out_of_range", f"expected 0 to {MOST_LETTERS}")
    return number


def _whole(value: Value) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if not isinstance(value, str):
        return None
    said = value.strip().strip("\u200e\u200f").replace("\N{ARABIC THOUSANDS SEPARATOR}", ".")
    sign = -1 if said[:1] in {"-", "\N{MINUS SIGN}"} else 1
    said = said if sign == 1 else said[1:]
    if _GROUPED.fullmatch(said):
        return sign * int(re.sub(r"\D", "", said))
    return sign * int(re.split(r"[.,]", said)[0]) if _DIGITS.fullmatch(said) else None


def day_in(value: Value) -> datetime | Problem | None:
    """Return the day that a cell says; where day and month could be exchanged, the problem is which is meant."""
    if is_blank(value):
        return None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 (the campaign's time zone comes later)
    if not isinstance(value, str) or is_broken(value):
        return BROKEN if is_broken(value) else NO_DAY
    said = value.strip().strip("\u200e\u200f")
    if found := _SLASHED.fullmatch(said):
        return _slashed(found[1], found[2], found[3])
    if found := _DOTTED.fullmatch(said):
        return _day(found[3], found[2], found[1])
    found = _ISO.fullmatch(said)
    return _day(found[1], found[2], found[3]) if found else NO_DAY


def _slashed(first: str, second: str, year: str) -> datetime | Problem:
    if int(first) > _MONTHS or int(first) == int(second):
        return _day(year, second, first)
    if int(second) > _MONTHS:
        return _day(year, first, second)
    written = f"{int(year)}-{int(second):02}-{int(first):02} or {int(year)}-{int(first):02}-{int(second):02}"
    return Problem("bad_value", f"which is the day, which the month? Write {written}")


def _day(year: str, month: str, day: str) -> datetime | Problem:
    try:
        return datetime(int(year), int(month), int(day))  # noqa: DTZ001 (the campaign's time zone comes later)
    except ValueError:
        return NO_DAY
