"""Reads of the JSON by many, with and without the tag of what they have: how many a core of the counter answers."""

import socket
from contextlib import ExitStack
from typing import Any, Final

import httpx
import psutil

_CONNECTIONS: Final = 50
_PATH: Final = "/v1/tallies?campaign=w4r-2026"


def measure_reads(port: int, counter: psutil.Process, count: int) -> dict[str, Any]:
    """Return the answers a second of the counter's CPU time, and their size."""
    with httpx.Client(trust_env=False) as client:
        answer = client.get(f"http://127.0.0.1:{port}{_PATH}")
    tag = answer.headers["etag"]
    return {
        "bytes": len(answer.content),
        "whole_a_second_and_core": _a_second_and_core(port, counter, count, "", b"HTTP/1.1 200 "),
        "not_modified_a_second_and_core": _a_second_and_core(
            port, counter, count, f"If-None-Match: {tag}\r\n", b"HTTP/1.1 304 "
        ),
    }


def _a_second_and_core(port: int, counter: psutil.Process, count: int, header: str, expected: bytes) -> int:
    request = f"GET {_PATH} HTTP/1.1\r\nHost: counters\r\n{header}\r\n".encode()
    with ExitStack() as opened:
        readers = [
            opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(_CONNECTIONS)
        ]
        used = -sum(counter.cpu_times()[:2])
        for _ in range(count // _CONNECTIONS):
            for reader in readers:
                reader.sendall(request)
            for reader in readers:
                _take_answer(reader, expected)
        used += sum(counter.cpu_times()[:2])
    return round(count / used)


def _take_answer(reader: socket.socket, expected: bytes) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += reader.recv(1 << 16)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(expected):
        raise RuntimeError(f"expected {expected!r}: {head!r}")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    missing = int(length or 0) - len(body)
    while missing > 0:
        missing -= len(reader.recv(1 << 16))
