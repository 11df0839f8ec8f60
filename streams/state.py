"""The state of one partition: how far it is counted, what stands, and what is not emitted yet."""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple, cast

import orjson

from schemas.report import LetterReport
from schemas.tally import Scope, checksum_of
from streams.fold import Sums, TotalKey, fold
from streams.store import Store

_POSITION: Final = b"p"
_TOTAL: Final = b"t"
_MINUTE: Final = b"m"
_REPORT: Final = b"r"
_UNSENT: Final = b"u"
_pair: Final = struct.Struct(">qq")
_position: Final = struct.Struct(">QQ")
_CHECKSUM_MODULUS: Final = 1 << 64


class Emission(NamedTuple):
    """Copies of what changed since the last emission, all of it true at `version`."""

    version: int
    counted_through: int
    """Arrival (epoch milliseconds) of the latest report counted; 0 before the first."""
    checksum: int
    totals: Sums
    minutes: dict[tuple[str, int], Sums]
    is_keyframe: bool
    oldest_received_at: int | None
    """Arrival of the earliest report counted since the last emission; not kept through a restart."""


class PartitionState:
    """What is counted of one partition; state and position move together in one write of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        stored = store.read([_POSITION])[0]
        self.next_offset: int
        self.counted_through: int
        self.next_offset, self.counted_through = _position.unpack(stored) if stored else (0, 0)
        self.totals: Sums = {}
        for key, value in store.scan(_TOTAL):
            campaign, scope, member = key[1:].decode().split("/")
            self.totals[campaign, cast("Scope", scope), member] = _pair.unpack(value)
        self._checksum = sum(checksum_of(*key, *sums) for key, sums in self.totals.items()) % _CHECKSUM_MODULUS
        self._emitted_version = -1
        self._unsent_oldest: int | None = None
        self._unsent_totals: dict[TotalKey, tuple[int, int]] = {}
        self._unsent_minutes = self._minutes_not_sent()
        self._sending_minutes: set[tuple[str, int]] = set()

    def count(self, reports: Sequence[tuple[bytes, LetterReport]], next_offset: int) -> int:
        """Fold reports (16-byte id, report) in log order, move to next_offset, return how many changed nothing."""
        keys = [_REPORT + key for key, _ in reports]
        change = fold(
            [(key, report) for key, (_, report) in zip(keys, reports, strict=True)],
            self._store.read(keys),
        )
        arrivals = [
            report["received_at"] for key, (_, report) in zip(keys, reports, strict=True) if key in change.entries
        ]
        minutes = self._minutes_after(change.minutes)
        writes = change.entries
        for (campaign, minute), sums in minutes.items():
            writes[_minute_key(campaign, minute)] = _pack_minute(sums)
        changed = {key: _sum(self.totals.get(key, (0, 0)), moved) for key, moved in change.totals.items()}
        for key, pair in changed.items():
            writes[_TOTAL + "/".join(key).encode()] = _pair.pack(*pair)
        arrived = max((report["received_at"] for _, report in reports), default=0)
        counted_through = max(self.counted_through, arrived)
        writes[_POSITION] = _position.pack(next_offset, counted_through)
        writes[_UNSENT] = orjson.dumps([*(minutes.keys() | self._unsent_minutes.keys() | self._sending_minutes)])
        self._store.write(writes)
        self._remember(changed, minutes, change.minutes)
        self.next_offset, self.counted_through = next_offset, counted_through
        if arrivals:
            known = self._unsent_oldest
            self._unsent_oldest = min(arrivals) if known is None else min(known, *arrivals)
        return change.duplicates

    def emit(self, *, is_keyframe: bool) -> Emission:
        """Return what is not emitted yet (a keyframe: every total); to be called once the emission before is safe.

        A state that is opened again begins with a keyframe, and with the minutes that may not have been safe.
        """
        totals = dict(self.totals) if is_keyframe else {key: self.totals[key] for key in self._unsent_totals}
        for key, before in self._unsent_totals.items():
            change = checksum_of(*key, *self.totals[key]) - checksum_of(*key, *before)
            self._checksum = (self._checksum + change) % _CHECKSUM_MODULUS
        minutes, self._unsent_minutes, self._unsent_totals = self._unsent_minutes, {}, {}
        oldest, self._unsent_oldest = self._unsent_oldest, None
        self._sending_minutes = set(minutes)
        self._emitted_version = self.next_offset
        return Emission(self.next_offset, self.counted_through, self._checksum, totals, minutes, is_keyframe, oldest)

    @property
    def has_news(self) -> bool:
        """Whether records were counted since the last emission, also such that changed nothing."""
        return self.next_offset != self._emitted_version

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _minutes_not_sent(self) -> dict[tuple[str, int], Sums]:
        named = self._store.read([_UNSENT])[0]
        keys: list[tuple[str, int]] = [(campaign, minute) for campaign, minute in orjson.loads(named or b"[]")]
        stored = self._store.read([_minute_key(*key) for key in keys])
        return {key: _unpack_minute(key[0], value) for key, value in zip(keys, stored, strict=True)}

    def _minutes_after(self, moved: dict[tuple[str, int], Sums]) -> dict[tuple[str, int], Sums]:
        stored = self._store.read([_minute_key(*key) for key in moved])
        after: dict[tuple[str, int], Sums] = {}
        for (key, changes), value in zip(moved.items(), stored, strict=True):
            if value is None:
                after[key] = changes
                continue
            sums = _unpack_minute(key[0], value)
            sums.update({member: _sum(sums.get(member, (0, 0)), change) for member, change in changes.items()})
            after[key] = sums
        return after

    def _remember(
        self, changed: Sums, minutes: dict[tuple[str, int], Sums], moved: dict[tuple[str, int], Sums]
    ) -> None:
        for key, sums in changed.items():
            self._unsent_totals.setdefault(key, self.totals.get(key, (0, 0)))
            self.totals[key] = sums
        for minute, members in moved.items():
            self._unsent_minutes.setdefault(minute, {}).update({key: minutes[minute][key] for key in members})


def _sum(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    return left[0] + right[0], left[1] + right[1]


def _minute_key(campaign: str, minute: int) -> bytes:
    return _MINUTE + f"{campaign}/{minute}".encode()


def _pack_minute(sums: Sums) -> bytes:
    return orjson.dumps({f"{scope}/{member}": pair for (_, scope, member), pair in sums.items()})


def _unpack_minute(campaign: str, value: bytes | None) -> Sums:
    sums: Sums = {}
    for key, (letters, reports) in (orjson.loads(value) if value else {}).items():
        scope, member = key.split("/")
        sums[campaign, cast("Scope", scope), member] = (letters, reports)
    return sums
