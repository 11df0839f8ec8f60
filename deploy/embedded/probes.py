"""Does a process answer? What a supervisor asks, each question with a limit of time."""

import socket
import struct
from typing import Final

import httpx

_SECONDS: Final = 3.0
_API_VERSIONS: Final = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""The first question of every Kafka client: its length, its key, version 0, a number for the answer, no client id."""


def answers_http(url: str) -> bool:
    """Return whether the address says that all is well."""
    try:
        return httpx.get(url, timeout=_SECONDS, trust_env=False).is_success  # no proxy has a part in loopback
    except httpx.HTTPError:
        return False


def answers_kafka(port: int) -> bool:
    """Return whether a broker on loopback answers a question: the port of one that hangs is open."""
    try:
        with socket.create_connection(("127.0.0.1", port), _SECONDS) as asking:
            asking.sendall(_API_VERSIONS)
            return bool(asking.recv(4))
    except OSError:
        return False
