from schemas.epoch import Epoch
from sinks.counters.board import Board
from tests.sinks.counters.emitter import Emitter, Sums, frame_of, states_of

STATES: list[Sums] = states_of(
    [("w4r-2026", "case-1", "FR", 5, 1), ("w4r-2026", "case-2", "PL", 7, 1), ("w4r-2026", "case-1", "FR", -9, -1)]
)


def epoch_of(number: int, complete_at: list[int] | None) -> Epoch:
    return {"epoch": number, "log_id": f"log-{number}", "opened_at": 0, "complete_at": complete_at}


def world_of(board: Board) -> tuple[int, int] | None:
    return board.totals("w4r-2026").get(("world", "all"))


def test_totals_wait_for_their_frame() -> None:
    """Totals without a frame leave what is shown as it was."""
    board = Board(1)
    board.put(epoch_of(1, [0]))
    emitter = Emitter(STATES)
    for record in emitter.emit(1):
        board.put(record)
    *totals, frame = emitter.emit(2)
    for record in totals:
        assert board.put(record).result == "kept"
    assert world_of(board) == (5, 1)
    assert board.put(frame).result == "shown"
    assert world_of(board) == (12, 2)


def test_nothing_is_shown_until_every_partition_has_a_frame() -> None:
    """A board with one of two partitions proven is catching up and shows nothing."""
    board = Board(2)
    board.put(epoch_of(1, [0, 0]))
    for record in Emitter(STATES).emit(1):
        board.put(record)
    assert board.is_catching_up
    assert (board.campaigns, board.versions, board.as_of, board.epoch) == ([], {}, None, None)
    assert board.is_stale(now_ms=0, limit_ms=10**9)
    board.put(frame_of(1, 0, {}, as_of=900_000, behind=3))
    assert (world_of(board), board.versions, board.behind) == ((5, 1), {0: 1, 1: 0}, 3)
    assert board.as_of == 900_000
    assert board.is_stale(now_ms=900_011, limit_ms=10)
    assert not board.is_stale(now_ms=900_010, limit_ms=10)


def test_the_record_of_an_epoch_may_come_after_its_tallies() -> None:
    """Frames of an epoch that nobody has announced yet are kept and shown once it is complete."""
    board = Board(1)
    for record in Emitter(STATES).emit(2):
        assert board.put(record).result == "kept"
    assert board.put(epoch_of(1, None)).result == "kept"
    assert board.is_catching_up
    outcome = board.put(epoch_of(1, [2]))
    assert (outcome.result, outcome.is_new_epoch, world_of(board)) == ("shown", True, (12, 2))


def test_a_newer_epoch_replaces_the_older_once_it_has_caught_up() -> None:
    """The old epoch's numbers stay, and go on, until the new one holds all that they held."""
    board = Board(1)
    board.put(epoch_of(1, [0]))
    old, new = Emitter(STATES), Emitter(STATES, epoch=2)
    for record in old.emit(2):
        board.put(record)
    board.put(epoch_of(2, [2]))
    for record in new.emit(1):
        board.put(record)
    assert (board.epoch, world_of(board)) == (1, (12, 2))
    for record in old.emit(3):
        board.put(record)
    assert (board.epoch, world_of(board)) == (1, (3, 1))
    for record in new.emit(2):
        board.put(record)
    assert (board.epoch, world_of(board)) == (2, (12, 2))
    assert board.put(old.emit(3, is_keyframe=True)[-1]).result == "old"


def test_a_frame_whose_checksum_differs_is_not_shown() -> None:
    """The last good frame stays until a later one proves right."""
    board = Board(1)
    board.put(epoch_of(1, [0]))
    emitter = Emitter(STATES)
    for record in emitter.emit(1):
        board.put(record)
    *_, frame = emitter.emit(2)
    assert board.put(frame).result == "unproven"
    assert world_of(board) == (5, 1)
    for record in emitter.emit(3, is_keyframe=True):
        board.put(record)
    assert world_of(board) == (3, 1)


def test_sums_that_differ_are_not_shown_even_if_the_checksum_agrees() -> None:
    """A worker that tells a wrong world with the right checksum of it is not believed."""
    board = Board(1)
    board.put(epoch_of(1, [0]))
    wrong = STATES[1] | {("w4r-2026", "world", "all"): (6, 1)}
    results = [board.put(record).result for record in Emitter([{}, wrong]).emit(1)]
    assert results[-1] == "unproven"
    assert board.is_catching_up


def test_a_frame_without_news_makes_the_numbers_younger() -> None:
    """An idle partition's next frame has the same version and a later as-of."""
    board = Board(1)
    board.put(epoch_of(1, [0]))
    board.put(frame_of(0, 0, {}, as_of=1000))
    outcome = board.put(frame_of(0, 0, {}, as_of=2000))
    assert (outcome.result, outcome.changed, board.as_of) == ("shown", frozenset(), 2000)
    assert board.put(frame_of(0, 0, {}, as_of=1500)).result == "old"
    assert board.as_of == 2000


def test_negative_sums_are_kept() -> None:
    """A partition may hold a withdrawal whose original counts elsewhere in time; nothing is clamped."""
    board = Board(1)
    board.put(epoch_of(1, [0]))
    for record in Emitter(STATES).emit(3):
        board.put(record)
    assert board.totals("w4r-2026")["case", "case-1"] == (-4, 0)
    assert world_of(board) == (3, 1)


def test_what_belongs_to_other_partition_counts_is_a_misfit() -> None:
    """Records of a partition or an epoch that this board has no place for change nothing."""
    board = Board(1)
    assert board.put(frame_of(1, 0, {})).result == "misfit"
    assert board.put(epoch_of(1, [0, 0])).result == "misfit"


def test_the_oldest_report_is_told_once_with_the_frame_that_first_shows_it() -> None:
    """A report counted by a frame that proved wrong is told with the next that is shown; later frames tell nothing."""
    board = Board(1)
    board.put(epoch_of(1, [0]))
    emitter = Emitter(STATES)
    for record in emitter.emit(1, oldest_received_at=500):
        outcome = board.put(record)
    assert outcome.is_new_epoch  # what was there before the board could be shown is not measured
    *_, unproven = emitter.emit(2, oldest_received_at=600)  # its totals are lost
    assert board.put(unproven).result == "unproven"
    outcomes = [board.put(record) for record in Emitter(STATES).emit(3, is_keyframe=True, oldest_received_at=700)]
    assert (outcomes[-1].result, outcomes[-1].oldest_received_at) == ("shown", 600)
    again = board.put(Emitter(STATES).emit(3, oldest_received_at=700)[-1])
    assert again.oldest_received_at is None
