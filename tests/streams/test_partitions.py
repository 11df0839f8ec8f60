"""Which states a worker keeps when it starts, and which it takes away."""

from pathlib import Path

from streams.partitions import Owned, Partitions
from streams.store import RocksStore
from streams.waiting import HeldState


def make(number: int, store: RocksStore) -> Owned[HeldState]:
    return Owned(number, HeldState(store))


def test_states_of_logs_that_are_gone_are_taken_away_by_their_own_worker(tmp_path: Path) -> None:
    """A worker removes the states of its topic that belong to other logs, and touches neither others nor its own."""
    kept = ["new/letters-0", "new/held-1-0", "old/letters-0", "seat"]
    gone = ["old/held-1-0", "new/held-0-3", "older/held-1-2"]
    for name in kept + gone:
        (tmp_path / name).mkdir(parents=True)
    Partitions(tmp_path, "new", "held", "held-1", make)
    assert all((tmp_path / name).is_dir() for name in kept)
    assert not any((tmp_path / name).exists() for name in gone)
    assert not (tmp_path / "older").exists()
    Partitions(tmp_path, "new", "letters", "letters", make)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["new", "seat"]
