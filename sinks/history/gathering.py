"""The most of many, and all others as one: pictures have room for some, and no letter may be missing. Pure."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final, TypeVar

OTHERS: Final = ""
"""What stands for all others; no country, case or channel is called this."""


_Key = TypeVar("_Key", bound=Hashable)


def summed(pairs: Sequence[tuple[_Key, int]]) -> dict[_Key, int]:
    """Return the sum of each."""
    sums: dict[_Key, int] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, 0) + number
    return sums


def ranked(letters: Mapping[str, int]) -> list[str]:
    """Return the names, most letters first."""
    return sorted(letters, key=lambda name: (-letters[name], name))


def gathered(letters: Mapping[str, int], most: int) -> Callable[[str], str]:
    """Return what a name stands under: itself, or the others where there are more than `most`."""
    if len(letters) <= most:
        return lambda name: name
    kept = frozenset(ranked(letters)[: most - 1])
    return lambda name: name if name in kept else OTHERS


def others_last(letters: Mapping[str, int]) -> list[str]:
    """Return the names, most letters first, all others at the end."""
    return sorted(ranked(letters), key=lambda name: name == OTHERS)
