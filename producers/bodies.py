"""A request's body, read within bounds of size and time, and all of them together within bounds of memory."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from fastapi import Request

from producers.limits import limited_as
from schemas import metrics
from schemas.wire import Refusal

BODY_SECONDS: Final = 10
MOST_OWN_BYTES: Final = 64 << 10
"""Of what people and programs report themselves: hundreds of lines."""
_SMALL_BYTES: Final = 4 << 10
"""What a person sends is smaller."""


class BodyRefusedError(Exception):
    """A body is not taken; `status` is HTTP's word for it, and a slow sender's connection should be closed."""

    def __init__(self, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.status = status
        self.refusal = refusal


class NoRoomError(Exception):
    """Too much is on its way in at this moment; what is in the body is not judged by it."""


class _Holder(NamedTuple):
    """Who has a part of a room, and the most that is theirs."""

    name: str
    most_bytes: int


class _Room:
    """What this process keeps of bodies that are not whole yet: nobody has proven yet who sends them."""

    def __init__(self, most_bytes: int, most_bytes_of_address: int, most_bytes_of_source: int) -> None:
        self._all = _Holder("", most_bytes)
        self._most_of_address = most_bytes_of_address
        self._most_of_source = most_bytes_of_source
        self._taken = Counter[str]()

    def holders(self, request: Request, source: str | None) -> Sequence[_Holder]:
        """Return whose room a body takes: everybody's, its address's unless a proxy's, and its source's."""
        address = limited_as(request.client.host if request.client else None)
        found = [self._all]
        if address is not None:
            found.append(_Holder(f"address {address}", self._most_of_address))
        if source is not None:
            found.append(_Holder(f"source {source}", self._most_of_source))
        return found

    def take(self, size: int, holders: Sequence[_Holder]) -> bool:
        """Take room, or return False where one of them has none."""
        if any(self._taken[holder.name] + size > holder.most_bytes for holder in holders):
            return False
        self._taken.update({holder.name: size for holder in holders})
        return True

    def give_back(self, size: int, holders: Sequence[_Holder]) -> None:
        """Make room again."""
        for name, _ in holders:
            self._taken[name] -= size
            if not self._taken[name]:
                del self._taken[name]


_OWN: Final = _Room(16 << 20, 2 << 20, 16 << 20)
"""Of people and programs, so that no large body keeps them out."""
_SMALL: Final = _Room(4 << 20, 256 << 10, 4 << 20)
"""Of people, so that no long report keeps them out."""
_LARGE: Final = _Room(48 << 20, 8 << 20, 24 << 20)
"""Of platforms and organisers: a few addresses can't take all of a source's, nor one source all."""


async def body_of(request: Request, most_bytes: int, source: str | None = None) -> bytes:
    """Return the body; raises BodyRefusedError, NoRoomError, or ClientDisconnect where the sender hung up too soon.

    What is not taken is received to its end, though not kept: who is hung up on while sending does not hear why.
    """
    room = _room_for(request, most_bytes)
    holders = room.holders(request, source)
    body = bytearray()
    why_not: Exception | None = _too_large(most_bytes) if _declared(request) > most_bytes else _encoded(request)
    if why_not and request.headers.get("expect", "").lower() == "100-continue":
        raise why_not  # nothing was sent yet
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                if why_not is None and len(body) + len(chunk) > most_bytes:
                    why_not = _too_large(most_bytes)
                elif why_not is None and not room.take(len(chunk), holders):
                    why_not = _no_room()
                elif why_not is None:
                    body += chunk
                if why_not and body:
                    room.give_back(len(body), holders)
                    body.clear()
    except TimeoutError:
        slow = Refusal("unreadable", None, f"expected the whole body within {BODY_SECONDS} s")
        why_not = why_not or BodyRefusedError(408, slow)
    finally:
        room.give_back(len(body), holders)
    if why_not:
        raise why_not
    return bytes(body)


def _room_for(request: Request, most_bytes: int) -> _Room:
    """Return where the body is kept meanwhile; one whose head does not say how large it is counts as a long one."""
    if most_bytes > MOST_OWN_BYTES:
        return _LARGE
    is_said = "content-length" in request.headers and "transfer-encoding" not in request.headers
    return _SMALL if is_said and _declared(request) <= _SMALL_BYTES else _OWN


def _declared(request: Request) -> int:
    """Return how large the head says that the body is; the parser has refused what is no number."""
    return int(request.headers.get("content-length", 0))


def _too_large(most_bytes: int) -> BodyRefusedError:
    return BodyRefusedError(413, Refusal("too_large", None, f"expected at most {most_bytes} bytes"))


def _encoded(request: Request) -> BodyRefusedError | None:
    """Return why a body is not read that calls itself packed: what it would unpack to, nobody knows."""
    if request.headers.get("content-encoding", "").strip().lower() in {"", "identity"}:
        return None
    expected = "expected a body as it is, in no encoding such as gzip"
    return BodyRefusedError(415, Refusal("unreadable", "Content-Encoding", expected))


def _no_room() -> NoRoomError:
    metrics.LIMITED.labels("room").inc()
    return NoRoomError()
