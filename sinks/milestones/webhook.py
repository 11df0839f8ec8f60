"""One attempt to tell the webhook's receiver of a milestone."""

import asyncio
import time
from typing import Final, Literal

import httpx

from schemas.webhook import signed_headers

Outcome = Literal["delivered", "refused", "unreachable", "too_slow"]
_LIMIT_SECONDS: Final = 15


class Webhook:
    """Posts to one address, which stays secret: it may have a token in it."""

    def __init__(self, url: str, key: bytes, limit_seconds: float = _LIMIT_SECONDS) -> None:
        self._url = url
        self._key = key
        self._limit_seconds = limit_seconds
        self._client = httpx.AsyncClient(timeout=limit_seconds, follow_redirects=False)

    async def post(self, message_id: str, body: bytes) -> tuple[Outcome, str]:
        """Return what came of it and, where it was not delivered, why; what the receiver answers is not read."""
        headers = {"Content-Type": "application/json", "User-Agent": "letter-tally"}
        headers |= signed_headers(self._key, message_id, int(time.time()), body)
        try:
            async with (
                asyncio.timeout(self._limit_seconds),
                self._client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                if answer.is_success:
                    return "delivered", ""
                return "refused", f"status {answer.status_code}"
        except (TimeoutError, httpx.TimeoutException):
            return "too_slow", f"no answer within {self._limit_seconds:g} s"
        except httpx.HTTPError as error:
            return "unreachable", type(error).__name__

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
