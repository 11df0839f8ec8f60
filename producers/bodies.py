"""A request's body, read within bounds of size and time, and all of them together within a bound of memory."""

import asyncio
from typing import Final

from fastapi import Request

from schemas.wire import Refusal

BODY_SECONDS: Final = 10
MOST_OWN_BYTES: Final = 64 << 10
"""Of what people and programs report themselves: hundreds of lines."""
MOST_READING_BYTES: Final = 64 << 20
"""Of all bodies on their way in at once: nobody has proven yet who sends them."""


class BodyRefusedError(Exception):
    """A body is not taken; `status` is HTTP's word for it, and a slow sender's connection should be closed."""

    def __init__(self, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.status = status
        self.refusal = refusal


class _Room:
    """What this process keeps of bodies that are not whole yet."""

    def __init__(self) -> None:
        self._taken = 0

    def take(self, size: int) -> None:
        """Take room; raises BodyRefusedError where there is none."""
        if self._taken + size > MOST_READING_BYTES:
            full = Refusal("too_many_requests", None, "too much is being received at this moment")
            raise BodyRefusedError(503, full)
        self._taken += size

    def give_back(self, size: int) -> None:
        """Make room again."""
        self._taken -= size


_room: Final = _Room()


async def body_of(request: Request, most_bytes: int) -> bytes:
    """Return the body; raises BodyRefusedError, or ClientDisconnect where the sender hung up before its end.

    What is too large is received to its end, though not kept: who is hung up on while sending does not hear why.
    """
    body = bytearray()
    is_too_large = _declared(request) > most_bytes
    if is_too_large and request.headers.get("expect", "").lower() == "100-continue":
        raise _too_large(most_bytes)  # nothing was sent yet
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                is_too_large = is_too_large or len(body) + len(chunk) > most_bytes
                if not is_too_large:
                    _room.take(len(chunk))
                    body += chunk
    except TimeoutError:
        if not is_too_large:
            slow = Refusal("unreadable", None, f"expected the whole body within {BODY_SECONDS} s")
            raise BodyRefusedError(408, slow) from None
    finally:
        _room.give_back(len(body))
    if is_too_large:
        raise _too_large(most_bytes)
    return bytes(body)


def _declared(request: Request) -> int:
    """Return how large the head says that the body is; the parser has refused what is no number."""
    return int(request.headers.get("content-length", 0))


def _too_large(most_bytes: int) -> BodyRefusedError:
    return BodyRefusedError(413, Refusal("too_large", None, f"expected at most {most_bytes} bytes"))
