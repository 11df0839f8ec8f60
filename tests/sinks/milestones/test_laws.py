"""Whatever totals were and whoever told: each crossing once, reached and unreached in turn, and right in the end."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import Campaign
from schemas.crossing import Crossing, mark_of
from sinks.milestones.judge import Cut, Judge, Totals
from sinks.milestones.told import Told

QUIET_MS = 60_000
MILESTONES = (10, 20)
CAMPAIGN = Campaign.model_validate(
    {
        "campaign": "c",
        "title": "A campaign",
        "time_zone": "UTC",
        "opens": "2026-11-01T00:00:00",
        "closes": "2026-12-31T00:00:00",
        "late_until": "2026-12-31T00:00:00",
        "goal": 20,
        "milestones": [10],
        "country_milestones": [10, 20],
        "cases": [{"case": "a", "name": "A", "country": "PE", "line": "L", "goal": 20, "milestones": [10]}],
    }
)
PLACES = [("world", "all"), ("country", "PE"), ("case", "a")]


class State(NamedTuple):
    """A proven state: the letters of each place, and when they stood."""

    letters: int
    as_of: int


class Copy:
    """A process: it sees states in their order, each when it comes to it, and remembers nothing after a restart."""

    def __init__(self) -> None:
        self.restart()
        self.seen = 0

    def restart(self) -> None:
        self.judge = Judge({"c": CAMPAIGN}, QUIET_MS)
        self.told = Told()
        self.read = 0

    def read_on(self, log: Sequence[Crossing]) -> None:
        for said in log[self.read :]:
            self.told.put(said)
        self.read = len(log)

    def decide(self, states: Sequence[State]) -> list[Crossing]:
        letters, as_of = states[self.seen]
        totals: Totals = dict.fromkeys(PLACES, (letters, 1))  # type: ignore[misc]  # scopes
        return self.judge.judge(Cut(1, (self.seen,), as_of), lambda _: totals, self.told)


steps = st.lists(st.tuples(st.integers(-15, 25), st.integers(0, 90_000)), min_size=1, max_size=12)
act = st.sampled_from(["see", "tell", "tell without reading", "read", "restart", "decide and die"])
acts = st.lists(st.tuples(st.integers(0, 1), act), max_size=60)


def states_of(changes: Sequence[tuple[int, int]]) -> list[State]:
    states = [State(0, 1_000_000)]
    for letters, passed_ms in changes:
        states.append(State(states[-1].letters + letters, states[-1].as_of + passed_ms))
    return [*states, State(states[-1].letters, states[-1].as_of + QUIET_MS)]


def run(states: Sequence[State], done: Sequence[tuple[int, str]]) -> list[Crossing]:
    """Return the log after two copies have done this, and one of them has then come to the end by itself."""
    log: list[Crossing] = []
    copies = [Copy(), Copy()]
    for number, what in done:
        copy = copies[number]
        if what == "see":
            copy.seen = min(copy.seen + 1, len(states) - 1)
            copy.decide(states)  # it judges each state that is shown, also where it is not the one to tell
        elif what == "read":
            copy.read_on(log)
        elif what == "restart":
            copy.restart()
        elif what == "decide and die":
            copy.read_on(log)
            copy.decide(states)
            copy.restart()
        else:
            if what == "tell":
                copy.read_on(log)
            log.extend(copy.decide(states))
    last = copies[0]
    for seen in (*range(last.seen, len(states)), len(states) - 1):
        last.seen = seen
        last.read_on(log)
        log.extend(last.decide(states))
    return log


def standing(log: Sequence[Crossing]) -> Told:
    told = Told()
    for said in log:
        told.put(said)
    return told


@given(steps, acts)
def test_each_crossing_is_told_once_and_in_turn(
    changes: Sequence[tuple[int, int]], done: Sequence[tuple[int, str]]
) -> None:
    """Of each milestone the crossings are 1, 2, 3 ..., each of a later state, and each true of its total."""
    log = run(states_of(changes), done)
    by_mark: dict[object, list[Crossing]] = {}
    for crossing in standing(log).crossings("c"):
        by_mark.setdefault(mark_of(crossing), []).append(crossing)
    for crossings in by_mark.values():
        crossings.sort(key=lambda one: one["ordinal"])
        assert [one["ordinal"] for one in crossings] == list(range(1, len(crossings) + 1))
        assert [one["state"] for one in crossings] == (["reached", "unreached"] * len(crossings))[: len(crossings)]
        assert all((one["letters"] >= one["milestone"]) == (one["state"] == "reached") for one in crossings)
        assert sorted(one["versions"] for one in crossings) == [one["versions"] for one in crossings]


@given(steps, acts)
def test_what_was_told_last_agrees_with_the_total(
    changes: Sequence[tuple[int, int]], done: Sequence[tuple[int, str]]
) -> None:
    """Once a total has stayed for the quiet time, a milestone stands as reached if, and only if, it is."""
    states = states_of(changes)
    told = standing(run(states, done))
    for scope, member in PLACES:
        for milestone in MILESTONES:
            last = told.last(("c", scope, member, milestone))  # type: ignore[arg-type]  # scopes
            assert (last is not None and last["state"] == "reached") is (states[-1].letters >= milestone)


@given(steps, acts, st.randoms())
def test_a_log_that_is_read_again_says_the_same(
    changes: Sequence[tuple[int, int]], done: Sequence[tuple[int, str]], shuffle: Random
) -> None:
    """Read twice, or from a restored topic in another order, what was told is the same."""
    first = standing(run(states_of(changes), done))
    kept = first.crossings("c")
    shuffled = [*kept, *kept]
    shuffle.shuffle(shuffled)
    assert standing(shuffled).crossings("c") == kept
    assert {*standing(shuffled).marks} == {*first.marks}


@given(st.lists(st.integers(1, 3), max_size=6))
def test_a_dip_that_passes_is_not_told(dips: Sequence[int]) -> None:
    """A total that is back before it was below for the quiet time was never un-reached, however often it dips."""
    copy, log, states = Copy(), list[Crossing](), [State(100, 1_000_000)]
    for length in dips:
        below = [State(5, states[-1].as_of + (number + 1) * 19_000) for number in range(length)]
        states += [*below, State(100, below[-1].as_of + 1)]
    for copy.seen in range(len(states)):
        copy.read_on(log)
        log.extend(copy.decide(states))
    assert [one["state"] for one in log] == ["reached"] * len(PLACES) * len(MILESTONES)


def test_a_correction_that_stays_is_told() -> None:
    """A total that was below for the quiet time in every state shown is un-reached, with the total of then."""
    copy, log = Copy(), list[Crossing]()
    states = [State(15, 1_000_000), State(9, 1_030_000), State(8, 1_060_000), State(7, 1_090_000), State(12, 1_091_000)]
    for copy.seen in range(len(states)):
        copy.read_on(log)
        log.extend(copy.decide(states))
    world = [one for one in standing(log).crossings("c") if one["scope"] == "world"]
    assert [(one["state"], one["letters"], one["as_of"]) for one in world] == [
        ("reached", 15, 1_000_000),
        ("unreached", 7, 1_090_000),
        ("reached", 12, 1_091_000),
    ]


def test_a_copy_that_is_behind_takes_nothing_back() -> None:
    """One that still sees an earlier state, for however long, does not un-reach what another saw reached."""
    states = [State(5, 1_000_000), State(5, 1_100_000), State(15, 1_200_000)]
    ahead, behind = Copy(), Copy()
    ahead.seen = 2
    log = ahead.decide(states)
    assert len(log) == len(PLACES)
    behind.read_on(log)
    for behind.seen in (0, 1):
        assert behind.decide(states) == []


def test_of_a_crossing_that_two_tell_the_first_stands() -> None:
    """Two that tell at once give it one id; what the log has first is what every reader keeps."""
    states = [State(15, 1_000_000), State(16, 1_001_000)]
    one, other = Copy(), Copy()
    other.seen = 1
    first, second = one.decide(states)[0], other.decide(states)[0]
    assert first["crossing_id"] == second["crossing_id"]
    told = Told()
    assert (told.put(second), told.put(first)) == (True, False)
    assert told.crossings("c") == [second]
