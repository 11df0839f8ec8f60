"""Thousands of watchers of the live stream, as one process: `python -m tests.benchmarks.watchers PORT COUNT SECONDS`.

Prints "watching" once all have their snapshot, and at the end what they saw as JSON.
"""

import json
import select
import socket
import sys
import time
from datetime import datetime

import numpy as np

_REQUEST = b"GET /v1/live?campaign=w4r-2026 HTTP/1.1\r\nHost: counters\r\n\r\n"
_MARK = b"event: totals\ndata: "
_AS_OF = b'"as_of":"'
_AS_OF_LENGTH = len("2026-12-10T00:00:00.000Z")


def main() -> None:
    """Watch, and tell how long after its emission each event was here (milliseconds)."""
    port, count, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    poll = select.epoll()
    sockets = {}
    for _ in range(count):
        watcher = _connected(port)
        sockets[watcher.fileno()] = watcher
        poll.register(watcher, select.EPOLLIN)
    _say("watching")
    buffer = bytearray(1 << 16)  # one for all: to make one for each would take longer than to receive
    delays, frames, busy = [], 0, 0.0
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        ready = poll.poll(left)
        began = time.process_time()
        now = time.time()
        for number, _ in ready:
            size = sockets[number].recv_into(buffer)
            for as_of in _events_in(buffer, size):
                frames += 1
                delays.append(now - as_of)
        busy += time.process_time() - began
    _say(json.dumps(_figures(delays, frames, seconds, busy)))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _connected(port: int) -> socket.socket:
    watcher = socket.create_connection(("127.0.0.1", port), timeout=30)
    watcher.sendall(_REQUEST)
    received = b""
    while b"event: snapshot" not in received:
        received += watcher.recv(1 << 18)
    watcher.settimeout(0)
    return watcher


_moments: dict[bytes, float] = {}


def _events_in(received: bytearray, size: int) -> list[float]:
    found, at = [], received.find(_MARK, 0, size)
    while at >= 0:
        begin = received.find(_AS_OF, at, size) + len(_AS_OF)
        said = bytes(received[begin : begin + _AS_OF_LENGTH])
        if said not in _moments:  # the same for all watchers
            _moments[said] = datetime.fromisoformat(said.decode()).timestamp()
        found.append(_moments[said])
        at = received.find(_MARK, begin, size)
    return found


def _figures(delays: list[float], frames: int, seconds: float, busy: float) -> dict[str, float]:
    p50, p99, most = (round(1000 * float(np.quantile(delays, q))) for q in (0.5, 0.99, 1))
    return {"frames": frames, "p50_ms": p50, "p99_ms": p99, "most_ms": most, "busy_share": round(busy / seconds, 2)}


if __name__ == "__main__":
    main()
