"""Who has to wait: 429 before a body is read, so that a flood costs next to nothing; addresses are never kept.

What is refused so is counted and not written to `rejected`: else a flood would fill Kafka.
"""

import time
from collections.abc import MutableMapping
from typing import Any, Final

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from producers.answers import too_many_requests
from producers.form.said import too_often
from producers.limits import Bucket, limited_as
from schemas import metrics

_WRITES: Final = frozenset({"POST", "PUT"})
_CHANNELS: Final = "/v1/channels/"
_EVENTS: Final = "/v1/events"
_PAGES: Final = ("/form/", "/receipt/")


class Limits:
    """How often an address and a source may send, in this process."""

    def __init__(self, address_per_minute: int, source_per_minute: int) -> None:
        self._addresses = Bucket(address_per_minute)
        self._sources = Bucket(source_per_minute)

    def wait_of_address(self, scope: MutableMapping[str, Any]) -> float:
        """Return how many seconds the sender of a request has to wait, 0 for none."""
        client = scope.get("client")
        key = limited_as(client[0]) if client else None
        wait = 0.0 if key is None else self._addresses.take(key, time.monotonic())
        if wait:
            metrics.LIMITED.labels("address").inc()
        return wait

    def wait_of_source(self, source: str) -> float:
        """Return how many seconds a configured source has to wait, 0 for none."""
        wait = self._sources.take(source, time.monotonic())
        if wait:
            metrics.LIMITED.labels("source").inc()
        return wait


class LimitedByAddress:
    """Answers 429 to whoever writes too often, or asks for all events, of which there may be many megabytes.

    Not on channels: what is proven there is limited by its source.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        wait = self._limits.wait_of_address(scope) if _is_limited(scope) else 0.0
        await (_told(scope, wait) if wait else self._app)(scope, receive, send)


def _told(scope: Scope, wait_seconds: float) -> Response:
    """Return 429, as a page in the reader's language where people send a form."""
    if scope["path"].startswith(_PAGES):
        return too_often(Request(scope), wait_seconds)
    return too_many_requests(wait_seconds)


def _is_limited(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path = scope["path"]
    return path == _EVENTS or (scope["method"] in _WRITES and not path.startswith(_CHANNELS))
