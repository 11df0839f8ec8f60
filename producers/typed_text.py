"""What may be kept of a text that somebody typed: people write names, numbers and addresses into any field. Pure."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from schemas.report import SLUG

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
_YEARS: Final = re.compile(r"\(?(?:19|20)\d\d(?: ?[/–-] ?(?:19|20)\d\d)+")  # noqa: RUF001 (the dash between years)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_MOST_GROUPS: Final = 2
_LONGEST_GROUP: Final = 5
"""In a slug, beside its years: a post code and a number in it. Telephone numbers have more groups, or longer ones."""
_NAME_OF_A_PROGRAM: Final = re.compile(r"[^\s@?#]{1,300}")


def without_personal(typed: str, known: Collection[str] = ()) -> str:
    """Return a typed text as it may be kept: itself, its beginning where it is long, or a mark of what it looked like.

    Only what was kept whole comes back unchanged. What is `known` is the campaign's own, whatever it looks like.
    """
    if typed in known:
        return typed
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
    is_slug = SLUG.fullmatch(plain) is not None and not plain.replace("-", "").isdecimal()
    return None if all(_is_no_phone(number, is_slug=is_slug) for number in numbers) else _PHONE


def _is_no_phone(number: str, *, is_slug: bool) -> bool:
    if _PLAIN_NUMBER.fullmatch(number) or _YEARS.fullmatch(number):
        return True
    groups = [group for group in number.split("-") if not _YEAR.fullmatch(group)]
    return is_slug and len(groups) <= _MOST_GROUPS and all(len(group) <= _LONGEST_GROUP for group in groups)
