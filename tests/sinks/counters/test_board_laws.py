"""The laws of a board, over any interleaving of two workers, replays, and records that were lost."""

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from schemas.tally import SCOPES, Frame, Tally
from sinks.counters.board import Board
from tests.sinks.counters.emitter import Emitter, Sums, compacted, states_of

Log = list[Tally | Frame]

histories = st.lists(
    st.tuples(
        st.sampled_from(["w4r-2025", "w4r-2026"]),
        st.sampled_from(["case-1", "case-2"]),
        st.sampled_from(["FR", "PL"]),
        st.integers(-3, 3),
        st.integers(-1, 1),
    ),
    min_size=1,
    max_size=25,
).map(states_of)
randoms = st.integers(0, 2**32).map(random.Random)  # draws of its own would exceed what one example may hold


def worker_log(states: list[Sums], chance: random.Random) -> Log:
    """Return what one worker writes: a keyframe where it starts, then emissions up to wherever it dies."""
    emitter = Emitter(states)
    version = chance.randrange(len(states))
    log = emitter.emit(version, is_keyframe=True)
    while version < len(states) - 1 and chance.random() < 0.9:
        version = min(len(states) - 1, version + chance.randrange(4))
        log += emitter.emit(version, is_keyframe=chance.random() < 0.1)
    cut = chance.randrange(4) == 0
    return log[: chance.randrange(1, len(log) + 1)] if cut else log


def interleaved(left: Log, right: Log, chance: random.Random) -> Log:
    turns = [left] * len(left) + [right] * len(right)
    chance.shuffle(turns)
    iterators = {id(left): iter(left), id(right): iter(right)}
    return [next(iterators[id(turn)]) for turn in turns]


def with_losses_and_replays(log: Log, chance: random.Random) -> Log:
    spoiled = [record for record in log if chance.random() < 0.9]
    for _ in range(chance.randrange(3)):
        start = chance.randrange(len(spoiled) + 1)
        at = chance.randrange(len(spoiled) + 1)
        spoiled[at:at] = spoiled[start : start + 10]
    return compacted(spoiled) if chance.random() < 0.3 else spoiled


def complete_board() -> Board:
    board = Board(1)
    board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0]})
    return board


def assert_is_a_state_of_the_fold(board: Board, states: Sequence[Sums]) -> None:
    if board.is_catching_up:
        assert board.campaigns == []
        return
    true = states[board.versions[0]]
    for campaign in ("w4r-2025", "w4r-2026"):
        shown = board.totals(campaign)
        expected = {(scope, member): pair for (of, scope, member), pair in true.items() if of == campaign}
        assert {k: v for k, v in shown.items() if v != (0, 0)} == {k: v for k, v in expected.items() if v != (0, 0)}
        world = shown.get(("world", "all"), (0, 0))
        for scope in SCOPES:
            parts = [pair for (of, _), pair in shown.items() if of == scope]
            assert (sum(part[0] for part in parts), sum(part[1] for part in parts)) == world


@given(histories, randoms)
def test_what_is_shown_was_always_a_state_of_the_fold(states: list[Sums], chance: random.Random) -> None:
    """With two workers, losses, replays and compaction, the board shows only states that the fold has had."""
    log = interleaved(worker_log(states, chance), worker_log(states, chance), chance)
    board = complete_board()
    newest = -1
    for record in with_losses_and_replays(log, chance):
        board.put(record)
        assert_is_a_state_of_the_fold(board, states)
        assert board.versions.get(0, -1) >= newest
        newest = board.versions.get(0, -1)


@given(histories, randoms)
def test_a_keyframe_heals_whatever_was_lost(states: list[Sums], chance: random.Random) -> None:
    """After a complete keyframe the board shows its version or a later one, whatever came before."""
    log = interleaved(worker_log(states, chance), worker_log(states, chance), chance)
    board = complete_board()
    for record in with_losses_and_replays(log, chance):
        board.put(record)
    version = chance.randrange(len(states))
    for record in Emitter(states).emit(version, is_keyframe=True):
        board.put(record)
    assert board.versions[0] >= version
    assert_is_a_state_of_the_fold(board, states)


@given(histories, randoms)
def test_two_workers_that_lose_nothing_never_stop_the_board(states: list[Sums], chance: random.Random) -> None:
    """While a replaced worker still writes, each frame newer than the one shown is shown."""
    log = interleaved(worker_log(states, chance), worker_log(states, chance), chance)
    board = complete_board()
    for record in log:
        outcome = board.put(record)
        assert outcome.result != "unproven"
        if "checksum" in record:
            assert board.versions[0] >= record["version"]


@given(histories, randoms)
def test_a_replay_changes_nothing(states: list[Sums], chance: random.Random) -> None:
    """Reading everything again shows the same totals and reports no change."""
    log = worker_log(states, chance)
    board = complete_board()
    for record in log:
        board.put(record)
    before = [dict(board.totals(campaign)) for campaign in board.campaigns]
    assert not any(board.put(record).changed for record in log)
    assert [dict(board.totals(campaign)) for campaign in board.campaigns] == before


@given(histories, histories, randoms)
def test_changes_are_all_that_reads_differently(left: list[Sums], right: list[Sums], chance: random.Random) -> None:
    """A reader that applies only the changes that the board reports has the board's totals, over two partitions."""
    logs = [worker_log(left, chance), worker_log(right, chance)]
    for record in logs[1]:
        record["partition"] = 1
    board = Board(2)
    board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0, 0]})
    seen: dict[tuple[str, str, str], tuple[int, int]] = {}
    for record in interleaved(*logs, chance):
        outcome = board.put(record)
        if outcome.is_new_epoch:
            keys = {(campaign, *place) for campaign in board.campaigns for place in board.totals(campaign)}
        else:
            keys = set(outcome.changed)
        seen |= {key: board.totals(key[0])[key[1], key[2]] for key in keys}
    shown = {(campaign, *place): pair for campaign in board.campaigns for place, pair in board.totals(campaign).items()}
    assert seen == shown


@given(histories, randoms, st.integers(7, 40))
def test_totals_that_no_frame_covers_fill_no_memory(states: list[Sums], chance: random.Random, most: int) -> None:
    """However many come, a board holds no more than its limit, shows states of the fold only, and keyframes heal it."""
    limit = max(most, 2 * max(len(state) for state in states))
    board = Board(1, most_waiting=limit)
    board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0]})
    strays = [record for record in worker_log(states, chance) if "checksum" not in record]
    strays += [stray(chance, len(states)) for _ in range(4 * most)]
    chance.shuffle(strays)
    for record in interleaved(with_losses_and_replays(worker_log(states, chance), chance), strays, chance):
        board.put(record)
        assert board.waiting <= limit
        assert_is_a_state_of_the_fold(board, states)
    version = len(states) - 1
    for record in 2 * Emitter(states).emit(version, is_keyframe=True):
        board.put(record)
    assert board.versions[0] == version
    assert_is_a_state_of_the_fold(board, states)


def stray(chance: random.Random, versions: int) -> Tally:
    """Return a total of a member of its own, which no frame of this log proves, of any version but the log's last."""
    return {
        "campaign": "w4r-2026",
        "scope": "event",
        "member": f"stray-{chance.randrange(1 << 30)}",
        "partition": 0,
        "epoch": 1,
        "version": chance.choice([n for n in range(1, versions + 20) if n != versions - 1]),
        "letters": 1,
        "reports": 1,
    }


def test_what_is_dropped_is_counted() -> None:
    """A board says how many totals it forgot."""
    board = Board(1, most_waiting=10)
    chance = random.Random(3)
    dropped = sum(board.put(stray(chance, 100)).dropped for _ in range(50))
    assert dropped + board.waiting == 50
