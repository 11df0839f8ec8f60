"""Ids of reports: the same delivery always makes the same ones, wherever they are made. Pure."""

from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("7e0c3a51-5d0e-5b7c-9a50-0d6d1a1f2f4b")
"""Never changes: with another one, every redelivery would count again."""


def report_id_of(channel: str, source: str, submission: str, line: int | str) -> str:
    """Return the id of a submission's line (a number from 0, or a name); the same delivery always has the same ids."""
    return str(uuid5(NAMESPACE, "\n".join((channel, source, submission, str(line)))))
