"""A request's body, read within bounds of size and time."""

import asyncio
from typing import Final

from fastapi import Request

from schemas.wire import Refusal

BODY_SECONDS: Final = 10


class BodyRefusedError(Exception):
    """A body is not taken; `status` is HTTP's word for it, and a slow sender's connection should be closed."""

    def __init__(self, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.status = status
        self.refusal = refusal


async def body_of(request: Request, most_bytes: int) -> bytes:
    """Return the body; raises BodyRefusedError, or ClientDisconnect where the sender hung up before its end."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(request, most_bytes)
    except TimeoutError:
        slow = Refusal("unreadable", None, f"expected the whole body within {BODY_SECONDS} s")
        raise BodyRefusedError(408, slow) from None


async def _read(request: Request, most_bytes: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise BodyRefusedError(413, Refusal("too_large", None, f"expected at most {most_bytes} bytes"))
        chunks.append(chunk)
    return b"".join(chunks)
