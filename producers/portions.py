"""Many records as portions: what is sent, written and waited for at once never grows with what somebody delivers."""

from collections.abc import Iterator, Sequence
from typing import Final

from producers.publisher import Outgoing

MOST_AT_ONCE: Final = 300
"""The event loop is busy for some 30 ms with sending so many."""
MOST_BYTES_AT_ONCE: Final = 4 << 20


def portions_of(records: Sequence[Outgoing]) -> Iterator[Sequence[Outgoing]]:
    """Yield them in order, each portion one record, and more as long as they are few and small."""
    first, room = 0, MOST_BYTES_AT_ONCE
    for number, record in enumerate(records):
        room -= len(record.value)
        if number > first and (number - first >= MOST_AT_ONCE or room < 0):
            yield records[first:number]
            first, room = number, MOST_BYTES_AT_ONCE - len(record.value)
    if first < len(records):
        yield records[first:]
