"""The cases that a sheet can name, and which of them a name with a typo is near to. Pure."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from producers.channels.sheet.values import Problem
from producers.channels.sheet.words import plain
from producers.channels.source import Source
from schemas.catalogue import Campaign

_NEAR: Final = 0.6


def knowing(source: Source, campaign: Campaign) -> Source:
    """Return the source with every case of its campaign, by slug and by name, beside the names that it has of its own.

    A sheet names cases as people do. The ids of its reports depend on which names are known, so every way in must
    read a sheet with the same.
    """
    known = {case.name: case.case for case in campaign.cases} | {case.case: case.case for case in campaign.cases}
    return source.model_copy(update={"cases": known | source.cases})


class Cases:
    """The names of cases that a source knows, however they are spaced, cased and accented."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self._said = {plain(name): name for name in named}
        meant: dict[str, set[str]] = {}
        for name, case in named.items():
            meant.setdefault(plain(name), set()).add(case)
        self._cases = {name: cases.pop() for name, cases in meant.items() if len(cases) == 1}
        self.slugs = tuple(sorted(set(named.values())))

    def case_of(self, name: str) -> str | Problem:
        """Return the case that a name means, or, where it means none, which it is near to; no names, no problem."""
        if case := self._cases.get(plain(name)):
            return case
        if not self.slugs:
            return plain(name) or name
        if near := get_close_matches(plain(name), list(self._cases), n=1, cutoff=_NEAR):
            return Problem("unknown_case", f"unknown case: is {self._said[near[0]]!r} meant? Then write it so")
        return Problem("unknown_case", f"unknown case: expected one of {', '.join(self.slugs)}")

    def is_known(self, name: str) -> bool:
        """Return whether the name means a case of the source's."""
        return plain(name) in self._cases
