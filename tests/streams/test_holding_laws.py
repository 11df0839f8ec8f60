"""The laws of held submissions, against a restatement that judges everything anew after each record."""

from collections.abc import Iterator
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.held import is_verdict, revision_of
from schemas.report import LetterReport
from streams.holding import Decision, fold
from streams.waiting import HeldState, needs_of
from tests.holdings import Said, confirmation_of, correction_of, judged, random_holding, submission_of, verdict_of
from tests.stores import MemoryStore

seeds = st.integers(0, 2**32)


def decisions_of(log: list[Said], state: HeldState, random: Random, *, crashes: bool) -> Iterator[Decision]:
    """Yield what is decided when the log is read in pieces; after a crash it was sent and is decided again."""
    while state.next_offset < len(log):
        start = max(0, state.next_offset - random.randrange(3))
        end = state.next_offset + random.randint(1, 5)
        piece = [(offset, log[offset]) for offset in range(start, min(end, len(log))) if offset >= state.next_offset]
        change = state.prepare(piece)
        yield from change.decisions
        if not (crashes and random.random() < 0.3):
            state.move(change, piece[-1][0] + 1)


@given(seeds, st.integers(0, 60), st.integers(1, 6))
def test_what_is_decided_is_the_plain_judgement(seed: int, size: int, ids: int) -> None:
    """Each revision gets its first complete outcome, once, at the record that completes it; the rest waits."""
    random = Random(seed)
    log = random_holding(random, size, ids)
    state = HeldState(MemoryStore())
    found = [
        ((d.submission["submission_id"], revision_of(d.submission)), (d.outcome, d.offset))
        for d in decisions_of(log, state, random, crashes=False)
    ]
    outcomes, waiting = judged(log)
    assert len(found) == len(dict(found))
    assert dict(found) == outcomes
    assert {submission_id: list(one.needs) for submission_id, one in state.waiting.items()} == waiting


@given(seeds, st.integers(0, 60), st.integers(1, 6))
def test_crashes_and_lost_states_decide_the_same_again(seed: int, size: int, ids: int) -> None:
    """Whatever is read again after a crash, or from the start without a state, comes to the same decisions."""
    random = Random(seed)
    log = random_holding(random, size, ids)
    store = MemoryStore()
    state = HeldState(store)
    found = set()
    for decision in decisions_of(log, state, random, crashes=True):
        found.add((decision.submission["submission_id"], revision_of(decision.submission), decision.outcome))
    assert found == {(*of, outcome) for of, (outcome, _) in judged(log)[0].items()}
    assert HeldState(store).waiting == state.waiting
    afresh = [d.offset for d in decisions_of(log, HeldState(MemoryStore()), random, crashes=False)]
    assert sorted(afresh) == sorted(offset for _, offset in judged(log)[0].values())


@given(seeds, st.integers(1, 3), st.permutations(range(4)))
def test_any_order_and_repetition_releases_once_and_unchanged(seed: int, times: int, order: list[int]) -> None:
    """A submission and its confirmation and review, in any order and each any number of times: one release."""
    random = Random(seed)
    submission = submission_of(0, 3, ["confirmation", "review"])
    said: list[Said] = [
        submission,
        confirmation_of(0),
        verdict_of(0, "review", through=3),
        verdict_of(0, "review", through=2),
    ]
    log = [said[number] for number in order for _ in range(random.randint(1, times))]
    released = list(decisions_of(log, HeldState(MemoryStore()), random, crashes=False))
    assert [(d.submission, d.outcome) for d in released] == [(submission, "release")]


def test_a_correction_waits_for_a_review_again_while_a_confirmation_holds_on() -> None:
    """What a reviewer saw is released, a higher revision is not before it was seen; the address stays confirmed."""
    both = ("review", "confirmation")
    log: list[Said] = [
        submission_of(0, 0, both),
        confirmation_of(0),
        verdict_of(0, "review", through=0),
        submission_of(0, 5, both),
        verdict_of(0, "review", through=4, given_at=2),
        verdict_of(0, "review", through=5, given_at=3),
    ]
    decided = [(d.offset, revision_of(d.submission)) for d in fold(enumerate(log), {}).decisions]
    assert decided == [(2, 0), (5, 5)]


def test_a_release_is_never_taken_back() -> None:
    """A later verdict on a revision that was decided changes nothing of it, neither way."""
    released: list[Said] = [
        submission_of(0),
        verdict_of(0, "review", through=0),
        verdict_of(0, "review", "discard", 0, 9),
    ]
    discarded: list[Said] = [
        submission_of(1),
        verdict_of(1, "review", "discard", 0),
        verdict_of(1, "review", through=0, given_at=9),
    ]
    outcomes = [(d.offset, d.outcome) for d in fold(enumerate(released + discarded), {}).decisions]
    assert outcomes == [(1, "release"), (4, "discard")]


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(1, 3), st.randoms(use_true_random=False))
def test_only_what_no_newer_correction_replaces_waits(waits: list[bool], times: int, random: Random) -> None:
    """Of an original and corrections, held or not, in any order and repetition: the newest waits, or nothing does.

    What a correction has ended is named as corrected, once, and the newest is never ended where it is held.
    """
    said: list[Said] = [
        submission_of(0, revision) if is_held else correction_of(0, revision, given_at=revision)
        for revision, is_held in enumerate(waits)
        if is_held or revision
    ]
    log = random.sample(said * times, len(said) * times)
    state = HeldState(MemoryStore())
    decided = [
        (revision_of(d.submission), d.outcome, d.was_corrected) for d in decisions_of(log, state, random, crashes=False)
    ]
    assert len(state.waiting) == waits[-1]
    assert len(decided) == len(set(decided))
    assert all(outcome == "discard" and was_corrected for _, outcome, was_corrected in decided)
    assert not waits[-1] or len(waits) - 1 not in {revision for revision, _, _ in decided}


def test_a_review_of_what_waits_stands_beside_an_older_correction() -> None:
    """What was held after a correction is released by a review, whichever of the older records come late."""
    log: list[Said] = [
        submission_of(0, 5),
        correction_of(0, 3),
        verdict_of(0, "review", through=5),
        correction_of(0, 4),
    ]
    decided = [(d.offset, d.outcome, d.was_corrected) for d in fold(enumerate(log), {}).decisions]
    assert decided == [(2, "release", False)]


def test_a_reviewer_may_discard_what_waits_for_a_confirmation() -> None:
    """A discard ends the waiting also where only a confirmation was waited for, and before the submission came."""
    log: list[Said] = [verdict_of(0, "review", "discard", 0), submission_of(0, 0, ["confirmation"]), confirmation_of(0)]
    assert [(d.offset, d.outcome) for d in fold(enumerate(log), {}).decisions] == [(1, "discard")]


@given(seeds, st.integers(0, 40))
def test_each_need_is_counted(seed: int, size: int) -> None:
    """The number that waits for a need is that of the submissions that lack it."""
    random = Random(seed)
    state = HeldState(MemoryStore())
    log = random_holding(random, size, 5)
    for _ in decisions_of(log, state, random, crashes=False):
        pass
    waiting = judged(log)[1]
    for need in ("review", "confirmation"):
        assert needs_of(state.waiting.values())[need] == sum(need in needs for needs in waiting.values())


def test_only_what_was_held_is_released() -> None:
    """A confirmation without a submission releases nothing, whatever else is released beside it."""
    log: list[Said] = [confirmation_of(7), submission_of(1), verdict_of(1, "review")]
    decisions = fold(enumerate(log), {}).decisions
    reports: list[LetterReport] = [report for d in decisions for report in d.submission["reports"]]
    submissions = [one for one in log if not is_verdict(one)]
    assert reports == submissions[0]["reports"]
