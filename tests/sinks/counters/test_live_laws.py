"""The laws of the live stream: whoever watches, however slowly and with whatever breaks, sees only sums that agree."""

import asyncio
import random
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from schemas.tally import Scope
from sinks.counters.board import Board
from sinks.counters.edition import ALL_SCOPES
from sinks.counters.live import HEARTBEAT_MS, STUCK_MS, Live, chunk_of
from tests.sinks.counters.emitter import Emitter, Sums, states_of

CAMPAIGN = "w4r-2026"
histories = st.lists(
    st.tuples(
        st.just(CAMPAIGN),
        st.sampled_from(["case-1", "case-2"]),
        st.sampled_from(["FR", "PL"]),
        st.integers(-3, 3),
        st.integers(-1, 1),
    ),
    min_size=1,
    max_size=20,
).map(states_of)
randoms = st.integers(0, 2**32).map(random.Random)


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


EVERYTHING = (CAMPAIGN, ALL_SCOPES)


class World:
    """A board that a worker's emissions come to, and people who watch it."""

    def __init__(self, states: list[Sums], chance: random.Random) -> None:
        self._chance, self._states = chance, states
        clock = count(1_000_000, 50)
        self._board = complete_board()
        self._live = Live(self._board, lambda _, __: b'{"last_hour":1}', lambda: next(clock), 1000)
        self._emitter = Emitter(states)
        put(self._board, self._live, self._emitter, 0, is_keyframe=True)
        self.people = [Person() for _ in range(3)]
        for person in self.people:
            self._live.join(EVERYTHING, person, None)

    @property
    def is_at_its_end(self) -> bool:
        return self._emitter.version == len(self._states) - 1

    async def count_on(self) -> None:
        """Count some records, or all of it anew in another epoch, and publish it."""
        put(self._board, self._live, self._emitter, self._emitter.version + self._up_to(2))
        if self._chance.random() < 0.1:
            self._emitter = Emitter(self._states, epoch=self._emitter.epoch + 1)
            opened = {"epoch": self._emitter.epoch, "log_id": "l", "opened_at": 0, "complete_at": [0]}
            self._live.note(self._board.put(opened))  # type: ignore[arg-type]  # an epoch
            put(self._board, self._live, self._emitter, self._up_to(len(self._states)), is_keyframe=True)
        await self._live.publish()

    def look(self) -> None:
        """Let some people take what was sent, and some connections break with what was under way."""
        for person in self.people:
            if self._chance.random() < 0.4:
                person.take()
            if self._chance.random() < 0.1:
                person.sent = None
                self._live.leave(EVERYTHING, person)
                self._live.join(EVERYTHING, person, person.last_event_id)

    async def settle(self) -> None:
        """Let everybody take what there is, twice: who is behind gets the rest at the next publication."""
        for _ in range(2):
            for person in self.people:
                person.take()
            await self._live.publish()
        for person in self.people:
            person.take()

    def _up_to(self, most: int) -> int:
        return min(self._chance.randrange(most + 1), len(self._states) - 1 - self._emitter.version)


@given(histories, randoms)
def test_every_watcher_sees_sums_that_agree_and_the_end(states: list[Sums], chance: random.Random) -> None:
    """Quick, slow, broken connections and new epochs: every scope sums to the world, and the end is true."""

    async def play() -> None:
        world = World(states, chance)
        while not world.is_at_its_end:
            await world.count_on()
            world.look()
        await world.settle()
        for person in world.people:
            shown = {place: letters for place, letters in person.totals.items() if letters}
            assert shown == letters_of(states[-1])

    asyncio.run(play())


def _quiet_live(board: Board, now: list[int]) -> Live:
    return Live(board, lambda _, __: None, lambda: now[0], 1000)


STATES = states_of([(CAMPAIGN, "case-1", "FR", letters, 1) for letters in range(1, 9)])


def test_who_comes_back_is_told_what_was_missed() -> None:
    """With the id of an event that is remembered only what came after it is told, without it everything."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = _quiet_live(board, now), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        steady, moving = Person(), Person()
        for person in (steady, moving):
            live.join(EVERYTHING, person, None)
            person.take()
        live.leave(EVERYTHING, moving)
        for version in (2, 3):
            put(board, live, emitter, version)
            await live.publish()
            steady.take()
        live.join(EVERYTHING, moving, moving.last_event_id)
        moving.take()
        assert (moving.names, moving.totals) == (["snapshot", "totals", "totals"], steady.totals)
        live.leave(EVERYTHING, moving)
        live.join(EVERYTHING, moving, moving.last_event_id)
        assert moving.sent == chunk_of(b": still here\n\n")
        moving.take()
        for strange in ("", "1", "1.ffffffff.1", f"2{moving.last_event_id}", f"{moving.last_event_id}0", "é.²"):
            other = Person()
            live.join(EVERYTHING, other, strange)
            other.take()
            assert other.names == ["snapshot"], strange

    asyncio.run(play())


def test_only_the_scopes_that_were_asked_for_are_told() -> None:
    """A watcher of countries gets no other total, in the snapshot and after it."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = _quiet_live(board, now), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        scopes: frozenset[Scope] = frozenset({"country"})
        person = Person()
        live.join((CAMPAIGN, scopes), person, None)
        person.take(scopes)
        put(board, live, emitter, 5)
        await live.publish()
        person.take(scopes)
        assert person.totals == {("country", "FR"): 15}

    asyncio.run(play())


def test_who_takes_nothing_for_a_minute_is_dropped() -> None:
    """A watcher that is busy with one event for over a minute loses its connection; who is idle hears a sign."""

    async def play() -> None:
        board, now = complete_board(), [1_000_000]
        live, emitter = _quiet_live(board, now), Emitter(STATES)
        put(board, live, emitter, 1, is_keyframe=True)
        stuck, well = Person(), Person()
        for person in (stuck, well):
            live.join(EVERYTHING, person, None)
        for _ in range(STUCK_MS // HEARTBEAT_MS + 2):
            well.take()
            now[0] += HEARTBEAT_MS
            await live.publish()
        assert (stuck.was_dropped, well.was_dropped) == (True, False)
        assert well.sent == chunk_of(b": still here\n\n")

    asyncio.run(play())


def test_at_the_end_everybody_is_told() -> None:
    """Closing ends the streams of all watchers, and of those who come after it."""
    board, now = complete_board(), [1_000_000]
    live, emitter = _quiet_live(board, now), Emitter(STATES)
    put(board, live, emitter, 1, is_keyframe=True)
    early, late = Person(), Person()
    live.join(EVERYTHING, early, None)
    live.close()
    live.join(EVERYTHING, late, None)
    assert early.has_ended
    assert late.has_ended
