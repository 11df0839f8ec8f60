"""One page of a site, within bounds of time and size: a page, nothing new, or why there is none."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, Literal, NamedTuple

import httpx

from producers.poller.pace import fresh_seconds_of, retry_seconds_of

MOST_BYTES: Final = 2 << 20
"""A page of the UK's petitions, with every constituency, has 0.1 MB."""
PAGE_SECONDS: Final = 30
Kind = Literal["no_answer", "timeout", "too_large", "too_many_requests", "refused", "failed", "unexpected"]


class Page(NamedTuple):
    """What the site says now."""

    body: bytes
    etag: str | None
    fresh_seconds: float


class Unchanged(NamedTuple):
    """The site says that nothing is new."""

    fresh_seconds: float


class Failed(NamedTuple):
    """Why there is no page; `retry_seconds` is how long the site asks to be left alone."""

    kind: Kind
    detail: str
    retry_seconds: float = 0


async def fetch(client: httpx.AsyncClient, url: str, etag: str | None, user_agent: str) -> Page | Unchanged | Failed:
    """Ask for a page, or whether it is another one than that of the ETag; never raises what a site can cause."""
    headers = {"User-Agent": user_agent, "Accept": "application/json", **({"If-None-Match": etag} if etag else {})}
    try:
        async with asyncio.timeout(PAGE_SECONDS), client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == HTTPStatus.NOT_MODIFIED and etag:
                return Unchanged(fresh_seconds_of(answer.headers))
            if answer.status_code != HTTPStatus.OK:
                return _failed(answer)
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    return Failed("too_large", f"the page has more than {MOST_BYTES >> 20} MB")
            return Page(bytes(body), answer.headers.get("etag"), fresh_seconds_of(answer.headers))
    except (TimeoutError, httpx.TimeoutException):
        return Failed("timeout", f"the site gave no whole page within {PAGE_SECONDS} s")
    except httpx.HTTPError as error:
        return Failed("no_answer", f"the site can't be asked ({type(error).__name__})")


def _failed(answer: httpx.Response) -> Failed:
    status = answer.status_code
    kind: Kind = "unexpected"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        kind = "too_many_requests"
    elif answer.is_client_error:
        kind = "refused"
    elif answer.is_server_error:
        kind = "failed"
    return Failed(kind, f"the site answers {status}", retry_seconds_of(answer.headers, datetime.now(UTC)))
