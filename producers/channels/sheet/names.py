"""The cases and events that a sheet can name, and which of them a name with a typo is near to. Pure."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal

from producers.channels.sheet.values import Problem
from producers.channels.sheet.words import plain
from producers.channels.source import Source
from producers.known_events import EventsUnreadError
from schemas.catalogue import Campaign

_NEAR: Final = 0.6
_MOST_LISTED: Final = 20
_MOST_SOUGHT: Final = 20
"""Each search compares with every name; a sheet with more typos than that has other troubles."""


def knowing(source: Source, campaign: Campaign) -> Source:
    """Return the source with every case and event of its campaign, by slug and by name, beside names of its own.

    A sheet names them as people do. The ids of its reports depend on which names are known, so every way in must read
    a sheet with the same.
    """
    cases = {case.name: case.case for case in campaign.cases} | {case.case: case.case for case in campaign.cases}
    events = {event.name: event.event for event in campaign.events}
    events |= {event.event: event.event for event in campaign.events}
    return source.model_copy(update={"cases": cases | source.cases, "events": events | source.events})


class Names:
    """The names that a source knows of cases, or of events, however they are spaced, cased and accented.

    Where they are not complete, nobody can tell what another name means: not even that it means nothing.
    """

    def __init__(self, of: Literal["case", "event"], named: Mapping[str, str], *, is_complete: bool = True) -> None:
        self._of = of
        self._is_complete = is_complete
        self._said = {plain(name): name for name in named}
        meant: dict[str, set[str]] = {}
        for name, slug in named.items():
            meant.setdefault(plain(name), set()).add(slug)
        self._slugs = {name: slugs.pop() for name, slugs in meant.items() if len(slugs) == 1}
        self._near: dict[str, str | None] = {}
        self.slugs = tuple(sorted(set(named.values())))

    def meant_by(self, name: str) -> str | Problem:
        """Return the slug that a name means, or, where it means none, which it is near to.

        Where the source knows none at all, the name stands for itself. Raises EventsUnreadError.
        """
        if slug := self._slugs.get(plain(name)):
            return slug
        if not self._is_complete:
            raise EventsUnreadError
        if not self.slugs:
            return plain(name) or name
        reason: Literal["unknown_case", "unknown_event"] = "unknown_case" if self._of == "case" else "unknown_event"
        if near := self._nearest(plain(name)):
            return Problem(reason, f"unknown {self._of}: is {self._said[near]!r} meant? Then write it so")
        listed = ", ".join(self.slugs[:_MOST_LISTED])
        more = f" or {len(self.slugs) - _MOST_LISTED} more" if len(self.slugs) > _MOST_LISTED else ""
        return Problem(reason, f"unknown {self._of}: expected one of {listed}{more}")

    def _nearest(self, name: str) -> str | None:
        if name not in self._near and len(self._near) < _MOST_SOUGHT:
            found = get_close_matches(name, list(self._slugs), n=1, cutoff=_NEAR)
            self._near[name] = found[0] if found else None
        return self._near.get(name)

    @property
    def stand_for_themselves(self) -> bool:
        """Whether there are none, so that any name is taken as it is."""
        return self._is_complete and not self.slugs

    def is_known(self, name: str) -> bool:
        """Return whether the name means one that the source knows."""
        return plain(name) in self._slugs
