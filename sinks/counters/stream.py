"""Server-sent events over HTTP: a watcher is little more than its connection."""

import asyncio
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from schemas.bounded_http import TRANSPORT
from sinks.counters.live import Key, Live
from sinks.counters.problems import OPEN_TO_ALL

_HEADERS: Final = OPEN_TO_ALL | {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back until its buffer is full
}


class EventStream(Response):
    """Tells what changes from now on, until the client is gone."""

    media_type = "text/event-stream"

    def __init__(self, live: Live, key: Key, last_event_id: str | None) -> None:
        super().__init__(None, 200, _HEADERS)
        del self.headers["content-length"]
        self._live, self._key, self._last_event_id = live, key, last_event_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that events come, and leave the saying of them to what tells all watchers."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        connection = _Connection(scope["extensions"][TRANSPORT]["transport"])
        self._live.join(self._key, connection, self._last_event_id)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._live.leave(self._key, connection)


class _Connection:
    """Writes chunks past the server, which would take many times as long for thousands."""

    __slots__ = ("_transport",)

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport

    @property
    def is_idle(self) -> bool:
        """Whether everything that was written has left."""
        return not self._transport.is_closing() and not self._transport.get_write_buffer_size()

    def write(self, chunks: bytes) -> None:
        """Send events, each a chunk; returns at once."""
        self._transport.write(chunks)

    def end(self) -> None:
        """Say that no more will come, and hang up."""
        if not self._transport.is_closing():
            self._transport.write(b"0\r\n\r\n")
            self._transport.close()

    def drop(self) -> None:
        """Break the connection."""
        self._transport.abort()
