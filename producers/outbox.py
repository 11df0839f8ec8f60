"""What was accepted and is not yet safe elsewhere, on this collector's own disk (SQLite, fsynced before it is told)."""

import asyncio
import fcntl
import shutil
import sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from producers.publisher import Outgoing
from schemas import metrics
from schemas.operations import log_of

_log = log_of("producers")
_FORMAT: Final = 1
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS records (seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, key BLOB NOT NULL, "
    "value BLOB NOT NULL, kept_at INTEGER NOT NULL) STRICT"
)
_MOST_PENDING: Final = 20_000
"""Records that wait for one disk: more than it writes in a second, and a few megabytes."""
_WRITE_SECONDS: Final = 5


class OutboxUnusableError(Exception):
    """The outbox can't be opened; the message says what to do."""


class NotKeptError(Exception):
    """Records were not kept: no room, or a disk that fails; the message says which."""


class Kept(NamedTuple):
    """A record in the outbox; a later one has a higher number."""

    seq: int
    record: Outgoing


class _Change(NamedTuple):
    records: Sequence[Outgoing]
    forget_through: int
    done: asyncio.Future[None]


class Outbox:
    """Keeps records until they are forgotten; what waits while the disk writes goes into its next write, as one.

    `most_bytes` is what it may take of the disk, of which it leaves `least_free_bytes` to others. `database` is used
    by one thread of its own, the disk's.
    """

    def __init__(self, folder: Path, most_bytes: int, least_free_bytes: int) -> None:
        self._folder, self._most_bytes, self._least_free_bytes = folder, most_bytes, least_free_bytes
        self._disk = ThreadPoolExecutor(1, "outbox")
        self._pending: list[_Change] = []
        self._pending_records = 0
        self._writing: asyncio.Task[None] | None = None
        self._grown = asyncio.Event()
        self._failure: str | None = None
        try:
            self._lock, self.database = _open(folder)
            found = self.database.execute("SELECT coalesce(max(seq), 0) + 1, count(*) FROM records").fetchone()
            self._next_seq, self.count = int(found[0]), int(found[1])
            self._used_bytes = self._measure()
        except (OSError, sqlite3.Error) as error:
            said = f"TALLY_OUTBOX: {folder}: {error}: choose a folder that can be written to"
            raise OutboxUnusableError(said) from None
        metrics.OUTBOX_RECORDS.set(self.count)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is kept, or about to be."""
        return not self.count and not self._pending and self._writing is None

    @property
    def last_seq(self) -> int:
        """The number of the newest record that was ever put."""
        return self._next_seq - 1

    @property
    def complaint(self) -> str | None:
        """Say why nothing more can be kept, or nothing."""
        return self._failure or self._no_room()

    async def put(self, records: Sequence[Outgoing]) -> None:
        """Return once all are on disk; raises NotKeptError, within 5 seconds, where they may not be."""
        complaint = self._no_room() if self._pending_records + len(records) <= _MOST_PENDING else "the disk is too slow"
        if complaint is None:
            try:
                async with asyncio.timeout(_WRITE_SECONDS):
                    await self._change(records, 0)
            except TimeoutError:
                complaint = f"the disk did not write within {_WRITE_SECONDS} s"
            except sqlite3.Error as error:
                complaint = f"the disk fails ({error})"
        if complaint is not None:
            metrics.OUTBOX_ERRORS.inc()
            raise NotKeptError(complaint)

    async def forget(self, through: int) -> None:
        """Return once everything up to this number is gone; what can't be forgotten now is sent once more, later."""
        try:
            await self._change((), through)
        except sqlite3.Error as error:
            metrics.OUTBOX_ERRORS.inc()
            _log.error("the outbox can't forget", error=str(error))

    async def after(self, seq: int, most: int) -> list[Kept]:
        """Return the oldest records with a higher number, in order; raises sqlite3.Error."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, self._read, seq, most)

    async def wait_until_grown(self, seconds: float) -> None:
        """Return once something was put since the last call, or after that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._grown.wait()
        except TimeoutError:
            return
        self._grown.clear()

    async def oldest_seconds(self) -> float:
        """Return the age of the oldest record, 0 for none."""
        kept_at = await asyncio.get_running_loop().run_in_executor(self._disk, self._oldest)
        return max(0.0, time.time() - kept_at / 1000) if kept_at is not None else 0.0

    async def close(self) -> None:
        """Let the last write end, and let go of the file."""
        if self._writing is not None:
            await self._writing
        await asyncio.get_running_loop().run_in_executor(self._disk, self.database.close)
        self._disk.shutdown()
        self._lock.close()

    def _no_room(self) -> str | None:
        if self._used_bytes >= self._most_bytes:
            return f"the outbox is full: it has its {self._most_bytes >> 20} MiB (TALLY_OUTBOX_MOST_BYTES)"
        if shutil.disk_usage(self._folder).free < self._least_free_bytes:
            return f"the disk of the outbox has less than {self._least_free_bytes >> 20} MiB left"
        return None

    async def _change(self, records: Sequence[Outgoing], forget_through: int) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append(_Change(records, forget_through, done))
        self._pending_records += len(records)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._pending:
            changes, self._pending = self._pending, []
            error = None
            try:
                await loop.run_in_executor(self._disk, self._commit, changes)
            except sqlite3.Error as raised:
                error = raised
            self._failure = f"the disk fails ({error})" if error else None
            for change in changes:
                self._pending_records -= len(change.records)
                if not change.done.done():
                    change.done.set_exception(error) if error else change.done.set_result(None)
            self._grown.set()
        self._writing = None

    def _commit(self, changes: Sequence[_Change]) -> None:
        """Write all of it in one transaction: one fsync for however many wait."""
        now_ms = time.time_ns() // 1_000_000
        records = [record for change in changes for record in change.records]
        rows = [(seq, *record, now_ms) for seq, record in enumerate(records, self._next_seq)]
        with self.database as transaction:
            transaction.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?)", rows)
            through = max(change.forget_through for change in changes)
            gone = transaction.execute("DELETE FROM records WHERE seq <= ?", (through,)).rowcount if through else 0
        self._next_seq += len(rows)
        self.count += len(rows) - gone
        self._used_bytes = self._measure()
        metrics.OUTBOX_RECORDS.set(self.count)

    def _read(self, seq: int, most: int) -> list[Kept]:
        query = "SELECT seq, topic, key, value FROM records WHERE seq > ? ORDER BY seq LIMIT ?"
        return [Kept(number, Outgoing(*rest)) for number, *rest in self.database.execute(query, (seq, most))]

    def _oldest(self) -> int | None:
        oldest = self.database.execute("SELECT kept_at FROM records ORDER BY seq LIMIT 1").fetchone()
        return oldest[0] if oldest else None

    def _measure(self) -> int:
        pages, free, size = (
            int(self.database.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        metrics.OUTBOX_BYTES.set((pages - free) * size)
        return (pages - free) * size


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
    for setting in ("journal_mode = WAL", "synchronous = FULL", "journal_size_limit = 16777216"):
        database.execute(f"PRAGMA {setting}")
    with database as transaction:
        transaction.execute(_TABLE)
        transaction.execute(f"PRAGMA user_version = {_FORMAT}")
