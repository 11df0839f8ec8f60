"""The outbox's file (SQLite): a write is on the disk when it returns. One thread at a time."""

import fcntl
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from producers.publisher import Outgoing

_FORMAT: Final = 1
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, key BLOB NOT NULL, "
    "value BLOB NOT NULL, kept_at INTEGER NOT NULL) STRICT"
)
_SETTINGS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "journal_size_limit = 16777216",
)
_INCREMENTAL: Final = 2
_KEPT_FREE_BYTES: Final = 32 << 20
"""Free pages beyond this are given back to the disk."""
_BYTES_GIVEN_BACK: Final = 16 << 20
"""At most, by one write: the disk is busy with it for some milliseconds."""


class OutboxUnusableError(Exception):
    """The outbox can't be opened; the message says what to do."""


class Kept(NamedTuple):
    """A record in the outbox; a later one has a higher number."""

    seq: int
    record: Outgoing


class OutboxFile:
    """Records in the order in which they were written, until they are forgotten; raises OutboxUnusableError."""

    def __init__(self, folder: Path) -> None:
        try:
            self._lock, self.database = _open(folder)
            found = self.database.execute("SELECT coalesce(max(seq), 0) + 1, count(*) FROM records").fetchone()
            self.next_seq, self.count = int(found[0]), int(found[1])
            self._measure()
        except (OSError, sqlite3.Error) as error:
            said = f"TALLY_OUTBOX: {folder}: {error}: choose a folder that can be written to"
            raise OutboxUnusableError(said) from None

    def write(self, records: Sequence[Outgoing], forget_through: int) -> None:
        """Keep records, and forget those up to a number, in one transaction."""
        now_ms = time.time_ns() // 1_000_000
        rows = [(seq, *record, now_ms) for seq, record in enumerate(records, self.next_seq)]
        gone = 0
        with self.database as transaction:
            transaction.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
            if forget_through:
                gone = transaction.execute("DELETE FROM records WHERE seq <= ?", (forget_through,)).rowcount
        self.next_seq += len(rows)
        self.count += len(rows) - gone
        self._measure()
        if gone and self.free_bytes > _KEPT_FREE_BYTES:
            self._give_back(min(_BYTES_GIVEN_BACK, self.free_bytes - _KEPT_FREE_BYTES))

    def read(self, seq: int, most: int, most_bytes: int) -> list[Kept]:
        """Return the oldest records with a higher number, in order: one, and more as long as they are that few."""
        found: list[Kept] = []
        room = most_bytes
        query = "SELECT seq, topic, key, value FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
        with closing(self.database.execute(query, (seq, most))) as rows:
            for number, *rest in rows:
                kept = Kept(number, Outgoing(*rest))
                room -= len(kept.record.value)
                if found and room < 0:
                    break
                found.append(kept)
        return found

    def values_of(self, topic: str) -> list[bytes]:
        """Return the values of a topic's records, in order."""
        query = "SELECT value FROM records WHERE topic = ? ORDER BY seq"
        return [value for (value,) in self.database.execute(query, (topic,))]

    def oldest(self) -> int | None:
        """Return when the oldest record was written, in epoch milliseconds."""
        oldest = self.database.execute("SELECT kept_at FROM records ORDER BY seq LIMIT 1").fetchone()
        return oldest[0] if oldest else None

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()
        self._lock.close()

    def _give_back(self, size: int) -> None:
        page_size = self.database.execute("PRAGMA page_size").fetchone()[0]
        # As a script: `execute` would take one step of it, which is one page.
        self.database.executescript(f"PRAGMA incremental_vacuum({size // page_size})")
        self._measure()

    def _measure(self) -> None:
        """Look how much of the disk is in use by records, and how much lies there for the next ones."""
        pages, free, size = (
            int(self.database.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        self.used_bytes, self.free_bytes = (pages - free) * size, free * size


def _lock(folder: Path) -> Any:  # noqa: ANN401 (an open file, held for its lock)
    folder.mkdir(parents=True, exist_ok=True)
    held = (folder / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        said = f"TALLY_OUTBOX: {folder} is in use by another collector: give each a folder of its own"
        raise OutboxUnusableError(said) from None
    return held


def _open(folder: Path) -> tuple[Any, sqlite3.Connection]:
    """Return the folder's lock, held, and the connection to the file in it, for one thread at a time."""
    with ExitStack() as opened:
        lock = opened.enter_context(closing(_lock(folder)))
        database = opened.enter_context(closing(sqlite3.connect(folder / "outbox.sqlite", check_same_thread=False)))
        _prepare(database, folder / "outbox.sqlite")
        opened.pop_all()  # from here on they are closed by who has them
    return lock, database


def _prepare(database: sqlite3.Connection, file: Path) -> None:
    """Make a commit mean that it has reached the disk, and the table where it is not there."""
    file.chmod(0o600)
    found = database.execute("PRAGMA user_version").fetchone()[0]
    if found not in {0, _FORMAT}:
        said = f"TALLY_OUTBOX: {file} is of format {found}, {_FORMAT} expected: empty it with the version that wrote it"
        raise OutboxUnusableError(said)
    _let_shrink(database)
    for setting in _SETTINGS:
        database.execute(f"PRAGMA {setting}")
    with database as transaction:
        transaction.execute(_TABLE)
        transaction.execute(f"PRAGMA user_version = {_FORMAT}")


def _let_shrink(database: sqlite3.Connection) -> None:
    """Let free pages be given back to the disk, unless records would have to be written anew for it."""
    if database.execute("PRAGMA auto_vacuum").fetchone()[0] == _INCREMENTAL:
        return
    is_made = database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'records'").fetchone()[0]
    if is_made and database.execute("SELECT EXISTS (SELECT 1 FROM records)").fetchone()[0]:
        return
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("VACUUM")
