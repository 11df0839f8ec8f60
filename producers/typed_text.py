"""What may be kept of a text that somebody typed: people write names, numbers and addresses into any field. Pure."""

import re
import unicodedata
from typing import Final

MOST: Final = 80
"""Characters; a name of a case or an event is shorter."""
_CUT: Final = " … [cut]"
_LINES: Final = "[several lines, left out]"
_ADDRESS: Final = "[like an e-mail address, left out]"
_LINK: Final = "[like a web address, left out]"
_PHONE: Final = "[like a telephone number, left out]"
_WEB: Final = re.compile(r"://|\bwww\.|[\w-]+\.[a-z]{2,}/", re.IGNORECASE)
_DAY: Final = re.compile(r"\b(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4})\b")
_NUMBER: Final = re.compile(r"[+(]?\d(?:[\s()./–-]*\d){6,}")  # noqa: RUF001 (the dash that people put between digits)
_PLAIN_NUMBER: Final = re.compile(r"[1-9]\d{6,7}")
"""Shorter than most telephone numbers are: a petition's, or a form's."""
_NAME_OF_A_PROGRAM: Final = re.compile(r"[^\s@?#]{1,300}")


def without_personal(typed: str) -> str:
    """Return a typed text as it may be kept: itself, its beginning where it is long, or a mark of what it looked like.

    Only what was kept whole comes back unchanged.
    """
    shortened = typed if len(typed) <= MOST else typed[: MOST - len(_CUT)] + _CUT
    return _looks_like(typed) or _looks_like(shortened) or shortened


def name_without_personal(name: str) -> str:
    """Return a name that a program gave, such as an id or a page's address, as it may be kept.

    A program's names are long, and full of digits; a question mark in one begins what may have been typed.
    """
    return name if _NAME_OF_A_PROGRAM.fullmatch(name) and name.isprintable() else without_personal(name)


def _looks_like(typed: str) -> str | None:
    plain = unicodedata.normalize("NFKC", typed)
    if len(f"{plain}.".splitlines()) > 1:
        return _LINES
    if "@" in plain:
        return _ADDRESS
    if _WEB.search(plain):
        return _LINK
    numbers = (found[0] for found in _NUMBER.finditer(_DAY.sub("day", plain)))
    return None if all(_PLAIN_NUMBER.fullmatch(number) for number in numbers) else _PHONE
