"""HTTP whose head is bounded: uvicorn's quick parser takes headers of any length into memory."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES: Final = 64 << 10
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """Answers 431 and hangs up once a request's line and headers are longer than MOST_HEAD_BYTES."""

    _is_in_head = True
    _head_bytes = 0

    def on_message_begin(self) -> None:
        """Begin to count the head."""
        self._is_in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End to count: bodies have bounds of their own."""
        self._is_in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take what has come, unless the head is too large by now."""
        if self._head_bytes > MOST_HEAD_BYTES:
            return  # it was told, and the connection is closing
        was_in_head = self._is_in_head
        super().data_received(data)
        if not (was_in_head and self._is_in_head):
            return  # what came may end with the beginning of another head; that is counted from the next data on
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()
