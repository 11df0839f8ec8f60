"""The laws of counting, over random histories with corrections, withdrawals, moves and duplicates."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.report import LetterReport
from schemas.tally import MINUTE_SCOPES, SCOPES, checksum_of
from streams.fold import Sums
from streams.state import PartitionState
from tests.histories import recount, report_of, standing
from tests.stores import MemoryStore

_STEPS = ["count", "emit", "crash", "sending, crash", "sending, count, crash"]

# The content is a function of id and revision, as it is for a source that sends the same revision again.
histories = st.lists(
    st.builds(
        lambda number, revision: report_of(
            number,
            revision,
            letters=(number * 7 + revision * 3) % 11,
            place=number + revision * 5,
            withdrawn=(number + revision) % 4 == 0,
        ),
        st.integers(1, 12),
        st.integers(0, 5),
    ),
    max_size=60,
)


def count(
    history: Sequence[LetterReport], cuts: Sequence[int] = (), store: MemoryStore | None = None
) -> PartitionState:
    state = PartitionState(store or MemoryStore())
    edges = sorted({0, len(history), *(cut % (len(history) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        batch = [(UUID(report["report_id"]).bytes, report) for report in history[start:end]]
        state.count(batch, state.next_offset + len(batch))
    return state


@given(histories)
def test_totals_are_those_of_a_plain_recount(history: list[LetterReport]) -> None:
    """The fold gives what a slow recount of the newest revisions gives."""
    assert standing(count(history).totals) == recount(history)


@given(histories, st.randoms(use_true_random=False), st.lists(st.integers(0, 100)))
def test_order_duplicates_and_batches_do_not_matter(
    history: list[LetterReport],
    random: Random,
    cuts: list[int],
) -> None:
    """Any order, any duplication and any split into batches give the same totals."""
    shuffled = history + random.choices(history, k=len(history)) if history else []
    random.shuffle(shuffled)
    assert standing(count(shuffled, cuts).totals) == standing(count(history).totals)


@given(histories, st.integers(0, 60), st.integers(0, 60))
def test_replays_do_not_matter(history: list[LetterReport], crash: int, replay_from: int) -> None:
    """A worker that crashed and reads again from any earlier point gives the same totals."""
    store = MemoryStore()
    count(history[:crash], store=store)
    state = count(history[min(crash, replay_from) :], store=store)
    assert standing(state.totals) == recount(history)


@given(histories, st.lists(st.integers(0, 100)))
def test_members_sum_to_the_world_in_every_emission(history: list[LetterReport], cuts: list[int]) -> None:
    """Whatever a reader has put together from emissions sums to the world in each scope, and proves its checksum."""
    state = PartitionState(MemoryStore())
    seen: Sums = {}
    edges = sorted({0, len(history), *(cut % (len(history) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        state.count([(UUID(r["report_id"]).bytes, r) for r in history[start:end]], end)
        emission = state.emit(is_keyframe=False)
        seen.update(emission.totals)
        assert emission.checksum == sum(checksum_of(*key, *pair) for key, pair in seen.items()) % 2**64
        for campaign in ("w4r-2025", "w4r-2026"):
            world = seen.get((campaign, "world", "all"), (0, 0))
            for scope in SCOPES:
                pairs = [pair for key, pair in seen.items() if key[:2] == (campaign, scope)]
                assert (sum(p[0] for p in pairs), sum(p[1] for p in pairs)) == world


@given(histories, st.lists(st.integers(0, 100)))
def test_minutes_sum_to_the_world(history: list[LetterReport], cuts: list[int]) -> None:
    """The newest totals of all minutes sum to the totals of their campaign."""
    state = count(history, cuts)
    assert _over_minutes(state.emit(is_keyframe=False).minutes) == _kept_by_minute(state.totals)


@given(histories, st.lists(st.sampled_from(_STEPS), max_size=40))
def test_no_crash_loses_a_minute(history: list[LetterReport], steps: list[str]) -> None:
    """Crashes before an emission, or before it has arrived, lose no minute: what comes after says it again."""
    store = MemoryStore()
    state, left = PartitionState(store), list(history)
    seen: dict[tuple[str, int], Sums] = {}
    for step in [*steps, "crash", "emit"]:
        if step == "emit":
            for minute, sums in state.emit(is_keyframe=False).minutes.items():
                seen.setdefault(minute, {}).update(sums)
        if "sending" in step:
            state.emit(is_keyframe=False)  # and it never arrives
        if "count" in step:
            batch, left = left[:3], left[3:]
            state.count([(UUID(r["report_id"]).bytes, r) for r in batch], state.next_offset + len(batch))
        if "crash" in step:
            state = PartitionState(store)
    assert _over_minutes(seen) == _kept_by_minute(state.totals)


def _over_minutes(minutes: dict[tuple[str, int], Sums]) -> Sums:
    summed: Sums = {}
    for sums in minutes.values():
        for key, pair in sums.items():
            known = summed.get(key, (0, 0))
            summed[key] = (known[0] + pair[0], known[1] + pair[1])
    return standing(summed)


def _kept_by_minute(totals: Sums) -> Sums:
    return standing({key: pair for key, pair in totals.items() if key[1] in MINUTE_SCOPES})


@given(histories, histories)
def test_a_state_opened_again_goes_on_as_if_never_closed(first: list[LetterReport], then: list[LetterReport]) -> None:
    """Position, totals and checksum come back from the store."""
    store = MemoryStore()
    before = count(first, store=store)
    again = PartitionState(store)
    assert (again.next_offset, again.counted_through) == (before.next_offset, before.counted_through)
    assert again.emit(is_keyframe=True).checksum == before.emit(is_keyframe=True).checksum
    assert standing(count(then, store=store).totals) == recount([*first, *then])


@given(histories, st.lists(st.integers(0, 100)))
def test_an_emission_tells_the_oldest_report_that_it_counts_first(history: list[LetterReport], cuts: list[int]) -> None:
    """Duplicates do not make an emission look old, a batch without news leaves what waits, and a restart forgets it."""
    store = MemoryStore()
    state = PartitionState(store)
    newest: dict[str, int] = {}
    edges = sorted({0, len(history), *(cut % (len(history) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        before, batch = dict(newest), history[start:end]
        for report in batch:
            newest[report["report_id"]] = max(report["revision"], newest.get(report["report_id"], -1))
        news = [r for r in batch if newest[r["report_id"]] != before.get(r["report_id"])]
        state.count([(UUID(r["report_id"]).bytes, r) for r in batch], end)
        state.count([], end)
        expected = min((r["received_at"] for r in news), default=None)
        assert state.emit(is_keyframe=False).oldest_received_at == expected
    assert state.emit(is_keyframe=True).oldest_received_at is None
    assert PartitionState(store).emit(is_keyframe=True).oldest_received_at is None
