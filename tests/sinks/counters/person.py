"""Somebody who watches the live stream at their own pace."""

from collections.abc import Iterator
from typing import Any

import orjson

from schemas.tally import Scope
from sinks.counters.board import Board
from sinks.counters.edition import ALL_SCOPES
from sinks.counters.live import Live
from tests.sinks.counters.emitter import Emitter, Sums

CAMPAIGN = "w4r-2026"
EVERYTHING = (CAMPAIGN, ALL_SCOPES)


class Person:
    """A watcher that takes what is sent to it at its own pace, and knows what a page would know."""

    def __init__(self) -> None:
        self.sent: bytes | None = None
        self.totals: dict[tuple[str, str], int] = {}
        self.names: list[str] = []
        self.last_event_id: str | None = None
        self.has_ended = self.was_dropped = False

    @property
    def is_idle(self) -> bool:
        return self.sent is None

    def write(self, events: bytes) -> None:
        assert self.sent is None, "a busy watcher was written to: its memory would grow"
        self.sent = events

    def end(self) -> None:
        self.has_ended = True

    def drop(self) -> None:
        self.was_dropped = True

    def take(self, scopes: frozenset[Scope] = ALL_SCOPES) -> None:
        """Take what was sent, and look at each event whether the numbers agree."""
        for name, event_id, said in events_of(self.sent or b""):
            self.names.append(name)
            self.last_event_id = event_id or self.last_event_id
            if name == "snapshot":
                self.totals = {}
            self.totals |= {(one["scope"], one["member"]): one["letters"] for one in said.get("totals", [])}
            sums = {scope: sum(n for (of, _), n in self.totals.items() if of == scope) for scope in scopes}
            assert len(set(sums.values())) == 1, (name, sums)
        self.sent = None


def unframed(chunks: bytes) -> bytes:
    body = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        body, chunks = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body


def events_of(sent: bytes) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for block in unframed(sent).split(b"\n\n"):
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if line and not line.startswith(b":"))
        if fields:
            yield fields[b"event"].decode(), fields.get(b"id", b"").decode(), orjson.loads(fields[b"data"])


def complete_board() -> Board:
    board = Board(1)
    board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0]})
    return board


def put(board: Board, live: Live, emitter: Emitter, version: int, **said: int) -> None:
    for record in emitter.emit(version, **said):
        live.note(board.put(record))


def letters_of(state: Sums) -> dict[tuple[str, str], int]:
    return {(scope, member): letters for (_, scope, member), (letters, _) in state.items() if letters}
