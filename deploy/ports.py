"""Ports for servers that are stopped and started again at their address."""

import secrets
from contextlib import closing
from socket import create_server
from typing import Final

_FIRST: Final = 20_000
_COUNT: Final = 12_000
"""Below the range from which systems take ports for outgoing connections: while a server is down, its clients' own
attempts to reach it would sooner or later occupy a port of that range."""
_TRIES: Final = 100


def free_port() -> int:
    """Return a port on loopback that nobody uses, and that no outgoing connection will take."""
    for _ in range(_TRIES):
        port = _FIRST + secrets.randbelow(_COUNT)
        if not is_taken(port):
            return port
    raise OSError(f"no port from {_FIRST} to {_FIRST + _COUNT - 1} is free on 127.0.0.1")


def is_taken(port: int) -> bool:
    """Return whether nobody else could listen on this port of loopback."""
    try:
        with closing(create_server(("127.0.0.1", port))):
            return False
    except OSError:
        return True
