"""Letters by the minute in which they arrived, for as long as a counter remembers. Pure; time is a parameter.

What is shown of a minute always adds up: what changes in it waits until world, countries and cases agree again.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.tally import MINUTE_SCOPES, WORLD_MEMBER, MinuteTally, Place, Scope

REMEMBERED_MINUTES: Final = 72 * 60
"""Three days: the tenth of December is 50 hours long, from its first time zone to its last."""
_HOUR: Final = 60

WORLD: Final[Place] = ("world", WORLD_MEMBER)
Letters = NDArray[np.int64]
_NO_LETTERS: Final[Letters] = np.zeros(_HOUR, np.int64)


class _Cell(NamedTuple):
    """What one partition has said of one member in one minute."""

    version: int
    letters: int


_NOTHING: Final = _Cell(-1, 0)


class _Change:
    """What one partition says anew of one minute, until it adds up."""

    def __init__(self) -> None:
        self.cells: dict[Place, _Cell] = {}
        self.moved: dict[Scope, int] = dict.fromkeys(MINUTE_SCOPES, 0)

    @property
    def adds_up(self) -> bool:
        return len(set(self.moved.values())) == 1


class _Hours:
    """The cells of one member in one partition, an hour a block: versions and letters of its 60 minutes."""

    def __init__(self) -> None:
        self.blocks: dict[int, Letters] = {}

    def cell(self, minute: int) -> _Cell:
        block = self.blocks.get(minute // _HOUR)
        if block is None:
            return _NOTHING
        return _Cell(int(block[0, minute % _HOUR]), int(block[1, minute % _HOUR]))

    def put(self, minute: int, cell: _Cell) -> None:
        block = self.blocks.get(minute // _HOUR)
        if block is None:
            block = self.blocks[minute // _HOUR] = np.zeros((2, _HOUR), np.int64)
            block[0] = _NOTHING.version
        block[:, minute % _HOUR] = cell


class _Life:
    """One epoch's minutes: what each partition said, and the sums over partitions, by campaign."""

    def __init__(self) -> None:
        self.said: dict[tuple[int, str, Place], _Hours] = {}
        self.changes: dict[tuple[int, str, int], _Change] = {}
        self.sums: dict[str, dict[Place, dict[int, Letters]]] = {}


class Minutes:
    """Takes records of `minutes` in any order, replays included; a lower version of a cell changes nothing.

    16 bytes a cell and partition, 8 a sum: a campaign of 12 cases and 108 countries with letters in every minute of
    three days, in 8 partitions, takes about 80 MB.
    """

    def __init__(self) -> None:
        self._lives: dict[int, _Life] = {}
        self._first_minute = 0

    def put(self, tally: MinuteTally) -> None:
        """Take a total of one minute; one that is no longer remembered is passed over."""
        minute, campaign = tally["minute"], tally["campaign"]
        if minute < self._first_minute:
            return
        life = self._lives.setdefault(tally["epoch"], _Life())
        place, partition = (tally["scope"], tally["member"]), tally["partition"]
        change = life.changes.get((partition, campaign, minute)) or _Change()
        known = change.cells.get(place)
        if known is None:
            hours = life.said.get((partition, campaign, place))
            known = hours.cell(minute) if hours else _NOTHING
        if tally["version"] <= known.version:
            return
        change.cells[place] = _Cell(tally["version"], tally["letters"])
        change.moved[tally["scope"]] += tally["letters"] - known.letters
        if change.adds_up:
            life.changes.pop((partition, campaign, minute), None)
            _show(life, partition, campaign, minute, change)
        else:
            life.changes[partition, campaign, minute] = change

    def remember(self, first_minute: int, epoch: int | None) -> None:
        """Forget what is before a minute, and epochs before the one that is shown."""
        self._first_minute = first_minute
        self._lives = {known: life for known, life in self._lives.items() if epoch is None or known >= epoch}
        first_hour = first_minute // _HOUR
        for life in self._lives.values():
            life.changes = {key: change for key, change in life.changes.items() if key[2] >= first_minute}
            for blocks in (hours.blocks for hours in life.said.values()):
                _drop(blocks, first_hour)
            for places in life.sums.values():
                for sums in places.values():
                    _drop(sums, first_hour)

    @property
    def first_minute(self) -> int:
        """The earliest minute that is remembered."""
        return self._first_minute

    def unsettled(self, before_minute: int) -> int:
        """Return how many minutes before one have changes that do not add up: each stays as it was before those."""
        keys = (key for life in self._lives.values() for key in life.changes)
        return len({key for key in keys if key[2] < before_minute})

    def members(self, epoch: int | None, campaign: str, scope: Scope) -> Iterator[str]:
        """Yield the members of a scope of which some minute is remembered."""
        places = self._sums(epoch, campaign)
        return (member for known, member in places if known == scope and places[known, member])

    def letters(self, epoch: int | None, campaign: str, place: Place, first: int, last: int) -> Letters:
        """Return the letters of each minute from `first` to before `last`, zero where there are none."""
        hours = self._sums(epoch, campaign).get(place, {})
        blocks = [hours.get(hour, _NO_LETTERS) for hour in range(first // _HOUR, -(-last // _HOUR))]
        if not blocks:
            return _NO_LETTERS[:0]
        return np.concatenate(blocks)[first % _HOUR :][: max(0, last - first)]

    def _sums(self, epoch: int | None, campaign: str) -> dict[Place, dict[int, Letters]]:
        life = self._lives.get(epoch) if epoch is not None else None
        return life.sums.get(campaign, {}) if life else {}


def _show(life: _Life, partition: int, campaign: str, minute: int, change: _Change) -> None:
    places = life.sums.setdefault(campaign, {})
    for place, cell in change.cells.items():
        hours = life.said.setdefault((partition, campaign, place), _Hours())
        before = hours.cell(minute).letters
        hours.put(minute, cell)
        if cell.letters != before:
            sums = places.setdefault(place, {})
            if minute // _HOUR not in sums:
                sums[minute // _HOUR] = np.zeros(_HOUR, np.int64)
            sums[minute // _HOUR][minute % _HOUR] += cell.letters - before


def _drop(blocks: dict[int, Letters], first_hour: int) -> None:
    for hour in [known for known in blocks if known < first_hour]:
        del blocks[hour]
