"""HTTP whose heads, and trailers, are bounded: uvicorn's quick parser takes any length and waits for ever."""

import asyncio
from http import HTTPStatus
from typing import Final

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES: Final = 64 << 10
HEAD_SECONDS: Final = 10
"""Longer than any network takes; a connection that says nothing costs a file descriptor, of which there are few."""
TRANSPORT: Final = "letter_tally.transport"
"""The extension of a request's scope that has its connection, for who writes to thousands."""
_TOO_LARGE: Final = f"expected a request's line and headers of at most {MOST_HEAD_BYTES} bytes"
_TOO_MUCH_AROUND: Final = f"expected at most {MOST_HEAD_BYTES} bytes around and after a body's chunks"
_TOO_SLOW: Final = f"expected a request's line and headers within {HEAD_SECONDS} s"


class BoundedHttp(HttpToolsProtocol):
    """Tells what is wrong with a request's line, headers and trailers (400, 408, 431) as problem+json, and hangs up."""

    _is_in_head = True
    _is_in_body = False
    _has_body_come = False
    """In the data that came last."""
    _head_bytes = 0
    """Of the head, then of what came since the last piece of the body: chunks' extensions, trailers."""
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Begin to count the head."""
        self._is_in_head, self._is_in_body, self._head_bytes = True, False, 0
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}

    def on_headers_complete(self) -> None:
        """End to count and to wait: bodies have bounds of their own."""
        self._is_in_head, self._is_in_body, self._head_bytes = False, True, 0
        self._end_waiting()
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, and no trailer: it would be taken for one, after all that headers decide."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._has_body_come = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End to count."""
        self._is_in_body = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Take what has come, unless there is too much by now of what is no body."""
        if self._head_bytes > MOST_HEAD_BYTES:
            return  # it was told, and the connection is closing
        was_in_head, self._has_body_come = self._is_in_head, False
        super().data_received(data)
        if self._patience is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_head()  # also for the rest of a body that nobody reads
        self._count(data, was_in_head=was_in_head)

    def _count(self, data: bytes, *, was_in_head: bool) -> None:
        """Count what belongs to a head or stands around a body, and hang up where it is too much."""
        if self._is_in_body:
            self._head_bytes = 0 if self._has_body_come else self._head_bytes + len(data)
        elif was_in_head and self._is_in_head:  # else its beginning came with what was before: counted from then on
            self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            told = _TOO_MUCH_AROUND if self._is_in_body else _TOO_LARGE
            self._hang_up(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, told)

    def send_400_response(self, msg: str) -> None:
        """Tell that this is no HTTP."""
        self._hang_up(HTTPStatus.BAD_REQUEST, msg)

    def _wait_for_head(self) -> None:
        told = (HTTPStatus.REQUEST_TIMEOUT, _TOO_SLOW)
        self._patience = self.loop.call_later(HEAD_SECONDS, self._hang_up, *told)

    def _end_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _hang_up(self, status: HTTPStatus, detail: str) -> None:
        self._end_waiting()
        if self.transport.is_closing():
            return
        said = {"type": "about:blank", "status": status, "title": status.phrase, "detail": detail}
        body = orjson.dumps(said)
        head = f"HTTP/1.1 {status} {status.phrase}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        self.transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.transport.close()
