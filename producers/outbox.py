"""What was accepted and is not yet safe elsewhere, on this collector's own disk, fsynced before it is told."""

import asyncio
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from producers.outbox_file import Kept, OutboxFile
from producers.publisher import Outgoing, size_of
from schemas import metrics
from schemas.operations import log_of

_log = log_of("producers")
_MOST_PENDING_BYTES: Final = 32 << 20
"""Of records that wait for one disk: more than it writes in a second."""
_WRITE_SECONDS: Final = 5
_WAL_BYTES: Final = 16 << 20
"""What SQLite takes of the disk beside the file itself."""


class NotKeptError(Exception):
    """Records were not kept: no room, or a disk that fails; the message says which."""


class _Change(NamedTuple):
    records: Sequence[Outgoing]
    size: int
    forget_through: int
    done: asyncio.Future[None]


class Outbox:
    """Keeps records until they are forgotten; what waits while the disk writes goes into its next write, as one.

    `most_bytes` is what it may take of the disk, of which it leaves `least_free_bytes` to others. `file` is used by
    one thread of its own, the disk's.
    """

    def __init__(self, folder: Path, most_bytes: int, least_free_bytes: int) -> None:
        self._folder, self._most_bytes, self._least_free_bytes = folder, most_bytes, least_free_bytes
        self._disk = ThreadPoolExecutor(1, "outbox")
        self._pending: list[_Change] = []
        self._pending_bytes = 0
        self._writing: asyncio.Task[None] | None = None
        self._grown = asyncio.Event()
        self._failure: str | None = None
        self.file = OutboxFile(folder)
        self._tell_size()

    @property
    def count(self) -> int:
        """How many records are kept."""
        return self.file.count

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is kept, or about to be."""
        return not self.count and not self._pending and self._writing is None

    @property
    def last_seq(self) -> int:
        """The number of the newest record that was ever put."""
        return self.file.next_seq - 1

    @property
    def complaint(self) -> str | None:
        """Say why nothing more can be kept, or nothing."""
        return self._failure or self._no_room()

    def kept_of(self, topic: str) -> list[bytes]:
        """Return the values of a topic's records, in order; only before anything is put."""
        return self.file.values_of(topic)

    async def put(self, records: Sequence[Outgoing]) -> None:
        """Return once all are on disk; raises NotKeptError, within 5 seconds, where they may not be."""
        is_too_much = self._pending and self._pending_bytes + size_of(records) > _MOST_PENDING_BYTES
        complaint = "the disk is too slow" if is_too_much else self._no_room()
        if complaint is None:
            try:
                async with asyncio.timeout(_WRITE_SECONDS):
                    await self._change(records, 0)
            except TimeoutError:
                complaint = f"the disk did not write within {_WRITE_SECONDS} s"
            except NotKeptError as error:
                complaint = str(error)
        if complaint is not None:
            metrics.OUTBOX_ERRORS.inc()
            raise NotKeptError(complaint)

    async def forget(self, through: int) -> None:
        """Return once everything up to this number is gone; what can't be forgotten now is sent once more, later."""
        try:
            await self._change((), through)
        except NotKeptError as error:
            metrics.OUTBOX_ERRORS.inc()
            _log.error("the outbox can't forget", error=str(error))

    async def after(self, seq: int, most: int, most_bytes: int) -> list[Kept]:
        """Return the oldest records with a higher number, in order; raises sqlite3.Error."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, self.file.read, seq, most, most_bytes)

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
        kept_at = await asyncio.get_running_loop().run_in_executor(self._disk, self.file.oldest)
        return max(0.0, time.time() - kept_at / 1000) if kept_at is not None else 0.0

    async def close(self) -> None:
        """Let the last write end, and let go of the file."""
        if self._writing is not None:
            await self._writing
        await asyncio.get_running_loop().run_in_executor(self._disk, self.file.close)
        self._disk.shutdown()

    def _no_room(self) -> str | None:
        """Say what stands in the way of a record more; what lies free in the file takes nothing from others."""
        if self.file.used_bytes >= self._most_bytes:
            return f"the outbox is full: it has its {self._most_bytes >> 20} MiB (TALLY_OUTBOX_MOST_BYTES)"
        try:
            left = shutil.disk_usage(self._folder).free
        except OSError as error:
            return f"the disk of the outbox fails ({error})"
        if left < self._least_free_bytes and self.file.free_bytes < _WAL_BYTES:
            return f"the disk of the outbox has less than {self._least_free_bytes >> 20} MiB left"
        return None

    async def _change(self, records: Sequence[Outgoing], forget_through: int) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pending.append(_Change(records, size_of(records), forget_through, done))
        self._pending_bytes += size_of(records)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        """Write what waits, until nothing does: one fsync for however many."""
        loop = asyncio.get_running_loop()
        while self._pending:
            changes, self._pending = self._pending, []
            records = [record for change in changes for record in change.records]
            through = max(change.forget_through for change in changes)
            failure = None
            try:
                await loop.run_in_executor(self._disk, self.file.write, records, through)
            except Exception as error:  # noqa: BLE001 (whatever it is, who waits hears it, and the next write is tried)
                failure = f"the disk fails ({error})"
            self._failure = failure
            self._tell_size()
            for change in changes:
                self._pending_bytes -= change.size
                if not change.done.done():
                    failed = NotKeptError(failure) if failure else None
                    change.done.set_exception(failed) if failed else change.done.set_result(None)
            self._grown.set()
        self._writing = None

    def _tell_size(self) -> None:
        metrics.OUTBOX_RECORDS.set(self.file.count)
        metrics.OUTBOX_BYTES.set(self.file.used_bytes)
