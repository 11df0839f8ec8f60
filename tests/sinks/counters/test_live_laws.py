"""The laws of the live stream: whoever watches, however slowly and with whatever breaks, sees only sums that agree."""

import asyncio
import random
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from sinks.counters.live import Live
from tests.sinks.counters.emitter import Emitter, Sums, states_of
from tests.sinks.counters.person import CAMPAIGN, EVERYTHING, Person, complete_board, letters_of, put

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


class World:
    """A board that a worker's emissions come to, and people who watch it."""

    def __init__(self, states: list[Sums], chance: random.Random) -> None:
        self._chance, self._states = chance, states
        clock = count(1_000_000, 50)
        self._board = complete_board()
        self._live = Live(self._board, lambda _: b'{"last_hour":1}', lambda: next(clock), 1000)
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
