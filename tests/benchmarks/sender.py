"""An open-loop sender: every request has its moment in advance, however late the answers to those before it are.

Requests are encoded beforehand and answers hardly looked at: the sender shares the cores with what it measures.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

CONNECTIONS: Final = 200
"""More than ever wait for an answer at once, unless the collector is overwhelmed; then requests queue here.

They take turns, so that none is idle for the 5 seconds after which the collector closes it.
"""
_TICK_SECONDS: Final = 0.002
_ANSWER_SECONDS: Final = 60
_ACCEPTED: Final = (b"HTTP/1.1 202 ", b"HTTP/1.1 200 ")


@dataclass
class Sent:
    """When each request was due (monotonic seconds), and the answers to all of them in the order they came."""

    due: list[float]
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    """Number of the request, and the whole answer."""
    moments: dict[int, float] = field(default_factory=dict)
    """When each was answered."""
    answered_at: float = 0.0


class _Connection(asyncio.Protocol):
    """One request at a time over a connection that is kept alive."""

    def __init__(self, owner: "_Sender") -> None:
        self._owner = owner
        self._transport: asyncio.Transport
        self._number = -1
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def send(self, number: int, request: bytes) -> None:
        self._number, self._received = number, b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if blank and len(body) >= int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]):
            self._owner.take(self, self._number, self._received)

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.lose(exc)

    def close(self) -> None:
        self._transport.abort()


class _Sender:
    def __init__(self, requests: Sequence[bytes], rate: float) -> None:
        self._requests = requests
        self._rate = rate
        self._idle: deque[_Connection] = deque()
        self._waiting: deque[int] = deque()
        self._all_answered = asyncio.get_running_loop().create_future()
        self._is_over = False
        self.sent = Sent([])

    async def run(self, host: str, port: int) -> Sent:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, connection = await loop.create_connection(lambda: _Connection(self), host, port)
            self._idle.append(connection)
        connections = list(self._idle)
        begin = time.monotonic() + 0.1
        self.sent.due = [begin + number / self._rate for number in range(len(self._requests))]
        number = 0
        while number < len(self._requests):
            now = time.monotonic()
            while number < len(self._requests) and self.sent.due[number] <= now:
                self._send(number)
                number += 1
            await asyncio.sleep(_TICK_SECONDS)
        async with asyncio.timeout(_ANSWER_SECONDS):
            await self._all_answered
        self._is_over = True
        for connection in connections:
            connection.close()
        return self.sent

    def _send(self, number: int) -> None:
        if self._idle:
            self._idle.popleft().send(number, self._requests[number])
        else:
            self._waiting.append(number)

    def take(self, connection: _Connection, number: int, answer: bytes) -> None:
        self.sent.answers.append((number, answer))
        self.sent.moments[number] = time.monotonic()
        if self._waiting:
            following = self._waiting.popleft()
            connection.send(following, self._requests[following])
        else:
            self._idle.append(connection)
        if len(self.sent.answers) == len(self._requests):
            self.sent.answered_at = time.monotonic()
            self._all_answered.set_result(None)

    def lose(self, error: Exception | None) -> None:
        if not self._is_over and not self._all_answered.done():
            self._all_answered.set_exception(ConnectionError(f"the collector closed a connection ({error!r})"))


def request_of(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a whole POST request with these headers and a JSON body."""
    said = {"Host": "collector", "Content-Type": "application/json", **headers, "Content-Length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def send(host: str, port: int, requests: Sequence[bytes], rate: float) -> Sent:
    """Send all requests at a rate a second and return once all are answered; raises where a connection is lost."""
    return await _Sender(requests, rate).run(host, port)


def is_accepted(answer: bytes) -> bool:
    """Return whether the answer is a yes: 202, or 200 for a platform."""
    return answer.startswith(_ACCEPTED)
