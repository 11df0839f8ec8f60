"""What the outbox promises: what was put is there, in order, until it is forgotten, whatever happens to the process."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.outbox import NotKeptError, Outbox
from producers.outbox_file import OutboxUnusableError
from producers.publisher import Outgoing

ROOM = 1 << 30


def _outbox(folder: Path, most_bytes: int = ROOM, least_free_bytes: int = 0) -> Outbox:
    return Outbox(folder, most_bytes, least_free_bytes)


def _record(number: int, size: int = 10) -> Outgoing:
    return Outgoing("letters", f"{number:036}".encode(), bytes(size))


async def _fill(outbox: Outbox) -> None:
    for number in range(10_000):
        await outbox.put([_record(number, 10_000)])


def _run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 5)),
        st.tuples(st.just("forget"), st.integers(0, 30)),
        st.tuples(st.just("open anew"), st.just(0)),
    ),
    max_size=20,
)


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_it_holds_what_was_put_and_not_forgotten(steps: list[tuple[str, int]]) -> None:
    """After any puts, forgets and restarts it hands out, in order, exactly what was put and not forgotten."""
    with tempfile.TemporaryDirectory() as folder:

        async def play() -> None:
            outbox, model, number = _outbox(Path(folder)), {}, 0
            for step, argument in steps:
                if step == "put":
                    records = [_record(number := number + 1) for _ in range(argument)]
                    first = outbox.last_seq + 1
                    await outbox.put(records)
                    model |= dict(enumerate(records, first))
                elif step == "forget":
                    await outbox.forget(argument)
                    model = {seq: record for seq, record in model.items() if seq > argument}
                else:
                    await outbox.close()
                    outbox = _outbox(Path(folder))
                assert [tuple(kept) for kept in await outbox.after(0, 1_000, ROOM)] == list(model.items())
                assert (outbox.count, outbox.is_empty) == (len(model), not model)
            await outbox.close()

        _run(play())


def test_what_is_put_at_once_is_written_at_once(tmp_path: Path) -> None:
    """Many puts at the same time take few transactions, and each returns with its records on disk."""

    async def play() -> None:
        outbox = _outbox(tmp_path)
        commits: list[int] = []
        outbox.file.database.set_trace_callback(lambda said: commits.append(1) if said == "COMMIT" else None)
        await asyncio.gather(*(outbox.put([_record(number)]) for number in range(500)))
        assert len(commits) < 50
        with sqlite3.connect(tmp_path / "outbox.sqlite") as other:
            assert other.execute("SELECT count(*) FROM records").fetchone() == (500,)
        other.close()
        await outbox.close()

    _run(play())


_PUTS_FOR_EVER = """
import asyncio, pathlib, sys
from producers.outbox import Outbox
from producers.publisher import Outgoing
async def put_for_ever():
    outbox = Outbox(pathlib.Path(sys.argv[1]), 1 << 30, 0)
    number = 0
    while True:
        await outbox.put([Outgoing("letters", str(number + i).encode(), b"v") for i in range(7)])
        number += 7
        print(number, flush=True)
asyncio.run(put_for_ever())
"""


def test_kill_9_loses_nothing_that_was_told(tmp_path: Path) -> None:
    """A process killed between its writes has on disk all that it said was there, and each put whole or not at all."""
    told = 0
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", _PUTS_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        lines = [next(child.stdout) for _ in range(40)]
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read().splitlines()
        child.wait()
        child.stdout.close()
        told += int([*lines, *(line for line in rest if line.isdigit())][-1])

        async def look(least: int = told) -> None:
            outbox = _outbox(tmp_path)
            assert outbox.count >= least
            assert outbox.count % 7 == 0
            await outbox.close()

        _run(look())


def test_a_full_outbox_keeps_no_more_until_it_has_room(tmp_path: Path) -> None:
    """At its high-water mark it refuses by name; what it has forgotten makes room again."""

    async def play() -> None:
        outbox = _outbox(tmp_path, most_bytes=1 << 20)
        with pytest.raises(NotKeptError, match="full"):
            await _fill(outbox)
        assert "full" in (outbox.complaint or "")
        assert 90 < outbox.count < 110
        await outbox.forget(outbox.last_seq)
        assert outbox.complaint is None
        await outbox.put([_record(1)])
        await outbox.close()

    _run(play())


def test_the_disk_is_never_filled(tmp_path: Path) -> None:
    """Where the disk has less left than it must leave to others, nothing is kept."""

    async def play() -> None:
        outbox = _outbox(tmp_path, least_free_bytes=1 << 60)
        with pytest.raises(NotKeptError, match="the disk of the outbox"):
            await outbox.put([_record(1)])
        await outbox.close()

    _run(play())


def test_what_lies_free_in_the_file_may_be_used(tmp_path: Path) -> None:
    """On a disk that has nothing left for others, room that forgotten records have left is used again."""

    async def play() -> None:
        outbox = _outbox(tmp_path)
        for number in range(40):
            await outbox.put([_record(number, 1 << 20)])
        outbox.file.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        await outbox.forget(30)
        await outbox.close()
        outbox = _outbox(tmp_path, least_free_bytes=1 << 60)
        await outbox.put([_record(41, 1 << 20)])
        assert outbox.complaint is None
        await outbox.close()

    _run(play())


def test_the_file_shrinks_again(tmp_path: Path) -> None:
    """What an outage has filled the file with goes back to the disk after it, but for some room for the next."""

    async def play() -> None:
        outbox = _outbox(tmp_path)
        for number in range(120):
            await outbox.put([_record(number, 1 << 20)])
        grown = outbox.file.used_bytes
        for through in range(1, 121):
            await outbox.forget(through)
        await outbox.close()
        assert (tmp_path / "outbox.sqlite").stat().st_size < grown / 3

    _run(play())


def _vacuum_of(file: Path) -> int:
    database = sqlite3.connect(file)
    try:
        return int(database.execute("PRAGMA auto_vacuum").fetchone()[0])
    finally:
        database.close()


def test_a_file_that_never_shrinks_does_once_it_is_empty(tmp_path: Path) -> None:
    """A file that was made without the means to shrink gets them when it is opened with nothing in it, only then."""
    file = tmp_path / "outbox.sqlite"
    _run(_outbox(tmp_path).close())
    database = sqlite3.connect(file, isolation_level=None)
    for statement in ("journal_mode = DELETE", "auto_vacuum = NONE"):
        database.execute(f"PRAGMA {statement}")
    database.execute("VACUUM")
    database.execute("INSERT INTO records VALUES (1, 'letters', x'00', x'00', 0)")
    database.close()
    _run(_outbox(tmp_path).close())
    assert _vacuum_of(file) == 0

    async def empty() -> None:
        outbox = _outbox(tmp_path)
        assert outbox.count == 1
        await outbox.forget(1)
        await outbox.close()

    _run(empty())
    assert _vacuum_of(file) == 0
    _run(_outbox(tmp_path).close())
    assert _vacuum_of(file) == 2  # incremental


def test_a_read_is_bounded_in_bytes(tmp_path: Path) -> None:
    """However many are asked for, what is handed out at once fits the bound, and is at least one."""

    async def play() -> None:
        outbox = _outbox(tmp_path)
        await outbox.put([_record(number, 1_000) for number in range(10)])
        assert [kept.seq for kept in await outbox.after(0, 10, 3_500)] == [1, 2, 3]
        assert [kept.seq for kept in await outbox.after(3, 10, 1)] == [4]
        await outbox.close()

    _run(play())


def test_whatever_goes_wrong_is_told_to_who_waits(tmp_path: Path) -> None:
    """A write that ends in a way that nobody foresaw, or a folder that is gone, is a record not kept, and no hang."""

    async def play() -> None:
        outbox = _outbox(tmp_path / "there")
        for broken in ([_record(1)._replace(key=object())], [_record(1)._replace(key="\ud800")]):  # type: ignore[arg-type]
            with pytest.raises(NotKeptError, match="the disk fails"):
                await outbox.put(broken)
        await outbox.put([_record(2)])
        assert outbox.complaint is None
        (tmp_path / "there").rename(tmp_path / "gone")
        with pytest.raises(NotKeptError, match="the disk of the outbox fails"):
            await outbox.put([_record(3)])
        await outbox.close()

    _run(play())


def test_a_failing_disk_is_told_to_who_waits_and_is_tried_again(tmp_path: Path) -> None:
    """A write that fails fails for those whose records were in it; when the disk is well again, so is the outbox."""

    async def play() -> None:
        outbox = _outbox(tmp_path)
        outbox.file.database.execute("PRAGMA max_page_count = 3")
        with pytest.raises(NotKeptError, match="the disk fails"):
            await outbox.put([_record(1, 100_000)])
        assert "the disk fails" in (outbox.complaint or "")
        outbox.file.database.execute("PRAGMA max_page_count = 100000")
        await outbox.put([_record(1, 100_000)])
        assert outbox.complaint is None
        assert [kept.record.key for kept in await outbox.after(0, 10, ROOM)] == [_record(1).key]
        await outbox.close()

    _run(play())


def test_what_can_not_be_opened_is_said(tmp_path: Path) -> None:
    """An outbox of another format, one that is no database and one in use are refused in a sentence."""
    first = _outbox(tmp_path / "used")
    with pytest.raises(OutboxUnusableError, match="in use by another collector"):
        _outbox(tmp_path / "used")
    _run(first.close())
    with sqlite3.connect(tmp_path / "used" / "outbox.sqlite") as database:
        database.execute("PRAGMA user_version = 7")
    database.close()
    with pytest.raises(OutboxUnusableError, match="format 7"):
        _outbox(tmp_path / "used")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "outbox.sqlite").write_text("no database, but long enough to be taken for one" * 100)
    with pytest.raises(OutboxUnusableError, match="choose a folder"):
        _outbox(tmp_path / "other")
