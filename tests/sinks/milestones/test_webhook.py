"""What comes of one attempt, whatever the receiver does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from deploy.ports import free_port
from sinks.milestones.webhook import Outcome, Webhook

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


async def attempt(answer: Answer) -> tuple[Outcome, str]:
    answering: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.current_task())
        with suppress(ConnectionError):  # whoever asked has gone
            await answer(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        webhook = Webhook(f"http://127.0.0.1:{port}/", b"k" * 32, limit_seconds=1)
        outcome = await webhook.post("id", b"{}")
        await webhook.close()
        await asyncio.gather(*filter(None, answering))
    return outcome


async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def drips(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte of the head at a time: each in time, all of them never."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def without_end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def away(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Hang up at once."""


def answers(status: str) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".encode())
        writer.write_eof()
        await reader.read()

    return answer


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (answers("200 OK"), ("delivered", "")),
        (answers("204 No Content"), ("delivered", "")),
        (without_end, ("delivered", "")),
        (answers("302 Found"), ("refused", "status 302")),
        (answers("410 Gone"), ("refused", "status 410")),
        (answers("500 Oops"), ("refused", "status 500")),
        (drips, ("too_slow", "no answer within 1 s")),
        (never, ("too_slow", "no answer within 1 s")),
        (away, ("unreachable", "ReadError")),
    ],
)
def test_an_attempt_comes_to_an_outcome(answer: Answer, outcome: tuple[Outcome, str]) -> None:
    """Only 2xx is a delivery; what the receiver says beyond that is not read, and no redirect is followed."""
    assert asyncio.run(attempt(answer)) == outcome


def test_a_receiver_that_is_not_there_is_unreachable() -> None:
    """Where nobody listens, that is said."""

    async def ask() -> tuple[Outcome, str]:
        webhook = Webhook(f"http://127.0.0.1:{free_port()}/", b"k" * 32, limit_seconds=1)
        outcome = await webhook.post("id", b"{}")
        await webhook.close()
        return outcome

    assert asyncio.run(ask()) == ("unreachable", "ConnectError")
