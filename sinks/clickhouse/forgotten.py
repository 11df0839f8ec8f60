"""Rows without the pseudonyms of participants who are forgotten: their reports count on. No network, no clock."""

import re
from collections.abc import Callable, Collection
from hashlib import sha256
from typing import Any, Final

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
Columns = dict[str, list[Any]]


def digest_of(participant: str) -> bytes:
    """Return what stands for a pseudonym in the list of the forgotten; `deploy.forgetting` asks ClickHouse the same."""
    return sha256(f"forgotten:{participant.lower()}".encode()).digest()


def carries_participants(table: str) -> bool:
    """Tell whether rows of a table may hold pseudonyms."""
    return table in _CARRIERS


def without_forgotten(table: str, columns: Columns, forgotten: Collection[bytes]) -> Columns:
    """Return the columns with nothing in place of each pseudonym whose digest is among the forgotten."""
    if not forgotten or table not in _CARRIERS:
        return columns
    name, without = _CARRIERS[table]
    return {**columns, name: [value and without(value, forgotten) for value in columns[name]]}


def _nobody(participant: str, forgotten: Collection[bytes]) -> str | None:
    return None if digest_of(participant) in forgotten else participant


def _text(text: str, forgotten: Collection[bytes]) -> str:
    """Return JSON, or what was to be JSON, with null in place of the pseudonym."""
    for one in {found for found in _UUID.findall(text) if digest_of(found) in forgotten}:
        text = text.replace(f'"{one}"', "null").replace(one, "forgotten")
    return text


_CARRIERS: Final[dict[str, tuple[str, Callable[[str, Collection[bytes]], str | None]]]] = {
    "letter_reports": ("participant", _nobody),
    "held_submissions": ("payload", _text),
    "rejected": ("value", _text),
}
