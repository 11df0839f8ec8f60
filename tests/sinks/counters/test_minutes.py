"""The minutes that a counter remembers: they add up whenever somebody looks, and in the end are a plain recount."""

import random
from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from schemas.tally import MINUTE_SCOPES, MinuteTally, Scope
from sinks.counters.minutes import WORLD, Minutes

FIRST = 29_600_000
CAMPAIGN = "w4r-2026"
Cells = dict[tuple[int, Scope, str], int]
Step = tuple[int, str, str, int]
"""Minute, case, country and letters of one record, as differences."""
steps = st.lists(
    st.tuples(
        st.integers(FIRST, FIRST + 90),
        st.sampled_from(["case-1", "case-2"]),
        st.sampled_from(["FR", "PL"]),
        st.integers(-3, 5),
    ),
    max_size=20,
)
randoms = st.integers(0, 2**32).map(random.Random)


def _cells_of(history: Sequence[Step]) -> Cells:
    cells: Counter[tuple[int, Scope, str]] = Counter()
    for minute, case, country, letters in history:
        for scope, member in (WORLD, ("country", country), ("case", case)):
            cells[minute, scope, member] += letters
    return dict(cells)


def emitted(history: Sequence[Step], partition: int, chance: random.Random, epoch: int = 1) -> list[MinuteTally]:
    """Return what a worker writes that counts the history in batches: what changed in each minute, absolute."""
    log: list[MinuteTally] = []
    version = 0
    while version < len(history):
        before, version = version, min(len(history), version + chance.randrange(1, 6))
        touched = _cells_of(history[before:version])
        state = _cells_of(history[:version])
        for minute, scope, member in touched:
            cell: MinuteTally = {
                "campaign": CAMPAIGN,
                "scope": scope,
                "member": member,
                "minute": minute,
                "partition": partition,
                "epoch": epoch,
                "version": version,
                "letters": state[minute, scope, member],
                "reports": 0,
            }
            log.append(cell)
    return log


def _shown(minutes: Minutes, minute: int, epoch: int = 1) -> dict[tuple[str, str], int]:
    places = [(scope, member) for scope in MINUTE_SCOPES for member in minutes.members(epoch, CAMPAIGN, scope)]
    return {place: int(minutes.letters(epoch, CAMPAIGN, place, minute, minute + 1)[0]) for place in places}


@given(st.lists(steps, min_size=1, max_size=3), randoms)
def test_every_minute_adds_up_at_every_moment(histories: list[list[Step]], chance: random.Random) -> None:
    """Whatever two workers of each partition write, interleaved and replayed, world, countries and cases agree."""
    logs = [emitted(history, number, chance) for number, history in enumerate(histories) for _ in range(2)]
    minutes = Minutes()
    while any(logs):
        log = chance.choice([log for log in logs if log])
        tally = log.pop(0)
        minutes.put(tally)
        if chance.random() < 0.2:
            minutes.put(tally)
        sums: Counter[str] = Counter()
        for (scope, _), letters in _shown(minutes, tally["minute"]).items():
            sums[scope] += letters
        assert sums["world"] == sums["country"] == sums["case"]
    expected: Counter[tuple[int, Scope, str]] = Counter()
    for history in histories:
        expected.update(_cells_of(history))
    for (minute, scope, member), letters in expected.items():
        assert minutes.letters(1, CAMPAIGN, (scope, member), minute, minute + 1)[0] == letters
    assert minutes.unsettled(FIRST + 1_000) == 0


@given(steps, st.integers(FIRST, FIRST + 150), st.integers(0, 150), randoms)
def test_a_stretch_is_its_minutes(history: list[Step], first: int, length: int, chance: random.Random) -> None:
    """The letters of any stretch are those of its minutes one by one, zero where nothing came."""
    minutes = Minutes()
    for tally in emitted(history, 0, chance):
        minutes.put(tally)
    expected = _cells_of(history)
    stretch = minutes.letters(1, CAMPAIGN, WORLD, first, first + length).tolist()
    assert stretch == [expected.get((minute, *WORLD), 0) for minute in range(first, first + length)]


@given(steps, randoms)
def test_what_is_old_is_forgotten_and_the_rest_is_not(history: list[Step], chance: random.Random) -> None:
    """Once a minute is out of memory it is zero, whatever comes for it; epochs before the one shown are gone."""
    minutes = Minutes()
    log = [tally for epoch in (1, 2) for tally in emitted(history, 0, chance, epoch)]
    for tally in log:
        minutes.put(tally)
    minutes.remember(FIRST + 60, 2)
    for tally in log[: len(log) // 2]:
        minutes.put(tally)
    expected = {key: letters for key, letters in _cells_of(history).items() if key[0] >= FIRST + 60}
    for minute in range(FIRST // 60 * 60, FIRST + 91):
        letters = minutes.letters(2, CAMPAIGN, WORLD, minute, minute + 1)[0]
        if minute // 60 != (FIRST + 60) // 60:
            assert letters == expected.get((minute, *WORLD), 0)


def test_a_change_that_never_adds_up_is_named() -> None:
    """A minute of which a record is lost stays as it was, and is counted as unsettled once it is past."""
    minutes = Minutes()
    whole = emitted([(FIRST, "case-1", "FR", 5)], 0, random.Random(1))
    for tally in whole:
        minutes.put(tally)
    for tally in whole[:2]:
        minutes.put({**tally, "version": 9, "letters": 7})
    assert set(_shown(minutes, FIRST).values()) == {5}
    assert (minutes.unsettled(FIRST + 1), minutes.unsettled(FIRST)) == (1, 0)
