"""Whatever breaks an export leaves no file, and no part of one."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Thread

import pytest
from clickhouse_connect.driver.client import Client

from deploy.exporting.asked import Asked
from deploy.exporting.command import FORMATS
from deploy.exporting.giving import give_out
from tests.deploy.engines import Server
from tests.deploy.exporting.conftest import MANY, Tally, left_in, publications
from tests.deploy.exporting.readers import read_back
from tests.sinks.clickhouse.history import seasons_history, store_history
from tests.stacks import TALLY, wait_for


class Cutting:
    """A way to ClickHouse that is cut when so many bytes of answers went over it."""

    def __init__(self, port: int, after_bytes: int) -> None:
        self._to, self._left = port, after_bytes
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self._to))
            self._open += [here, there]
            Thread(target=self._carry, args=(here, there, False), daemon=True).start()
            Thread(target=self._carry, args=(there, here, True), daemon=True).start()

    def _carry(self, source: socket.socket, to: socket.socket, is_answer: bool) -> None:  # noqa: FBT001 (a thread's)
        try:
            while said := source.recv(1 << 16):
                self._left -= len(said) if is_answer else 0
                if self._left < 0:
                    break
                to.sendall(said)
        except OSError:
            pass  # the other direction has closed both
        for one in (source, to):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it is closed already

    def close(self) -> None:
        for one in (self._listening, *self._open):
            one.close()


@pytest.fixture
def cutting(server: Server) -> Iterator[Cutting]:
    cutting = Cutting(server.port, 4_000_000)
    yield cutting
    cutting.close()


@pytest.mark.parametrize("form", FORMATS)
def test_a_cut_leaves_nothing(tables: Client, tally: Tally, cutting: Cutting, tmp_path: Path, form: str) -> None:
    """Where ClickHouse's answer breaks off there is no file, no part of one, nothing registered, and a sentence."""
    tables.command(MANY)
    argv = ("export", "w4r-2026", "--what", "reports", "--format", form, "-o", str(tmp_path / "rows"))
    said = tally(*argv, url=f"http://tally:word@127.0.0.1:{cutting.port}/tally")
    assert said.returncode == 1
    assert said.stderr.startswith("ClickHouse broke off after ")
    assert said.stderr.count("\n") == 1
    assert left_in(tmp_path) == []
    assert publications(tables) == 0


@pytest.mark.parametrize("form", FORMATS)
def test_what_cannot_be_written_to_is_left_as_it_is(tables: Client, tmp_path: Path, form: str) -> None:
    """In a folder that is not there or is a file, or over what is no file, nothing is written, nothing registered."""
    store_history(tables, seasons_history(Random(6), 50))
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for to in (tmp_path / "nowhere" / "rows", tmp_path / "file" / "rows", tmp_path / "folder", Path("/dev/null")):
        with pytest.raises(OSError, match=r"No such file or directory|Not a directory|It is there, and no file"):
            give_out(tables, Asked("w4r-2026", "totals"), FORMATS[form], to)
    assert left_in(tmp_path) == ["file", "folder"]
    assert publications(tables) == 0


@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_is_a_sentence(tables: Client, server: Server, tmp_path: Path, form: str) -> None:
    """Where no file may grow further there is none in the end, nothing registered, and a sentence."""
    tables.command(MANY)
    to = tmp_path / "rows"
    argv = [
        "prlimit",
        "--fsize=100000",
        *TALLY,
        "export",
        "w4r-2026",
        "--what",
        "reports",
        "--format",
        form,
        "-o",
        str(to),
    ]
    told = {**os.environ, "TALLY_CLICKHOUSE": server.url}
    said = subprocess.run(argv, env=told, capture_output=True, text=True, timeout=280, check=False)
    assert said.returncode == 1
    assert said.stderr == f"-o: {to}: File too large: nothing is written there.\n"
    assert left_in(tmp_path) == []
    assert publications(tables) == 0


def test_what_cannot_be_registered_is_not_given_out(tables: Client, tally: Tally, tmp_path: Path) -> None:
    """Where ClickHouse does not take the publication, as from a user who may only read, there is no file."""
    store_history(tables, seasons_history(Random(6), 50))
    tables.command("RENAME TABLE publications TO publications_away")
    try:
        said = tally("export", "w4r-2026", "-o", str(tmp_path / "rows.csv"))
    finally:
        tables.command("RENAME TABLE publications_away TO publications")
    assert said.returncode == 1
    assert said.stderr.splitlines()[-1].startswith("ClickHouse refuses or is away (code 60")
    assert left_in(tmp_path) == []


def test_an_older_file_stays_until_the_new_one_is_whole(
    tables: Client, tally: Tally, cutting: Cutting, tmp_path: Path
) -> None:
    """A run that breaks does not touch the file of the run before; one that does not takes its place."""
    tables.command(MANY)
    file = tmp_path / "rows.csv"
    file.write_text("before")
    argv = ("export", "w4r-2026", "--what", "reports", "-o", str(file))
    assert tally(*argv, url=f"http://tally:word@127.0.0.1:{cutting.port}/tally").returncode == 1
    assert file.read_text() == "before"
    assert tally(*argv).returncode == 0
    assert len(read_back(file)[1]) == 200_000


def test_a_stop_leaves_nothing(tables: Client, server: Server, tmp_path: Path) -> None:
    """SIGTERM in the midst of it: no file, no part of one, nothing registered."""
    tables.command(MANY)
    argv = [*TALLY, "export", "w4r-2026", "--what", "reports", "--format", "xlsx", "-o", str(tmp_path / "rows.xlsx")]
    told = {**os.environ, "TALLY_CLICKHOUSE": server.url}
    with subprocess.Popen(argv, env=told, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(file.is_dir() for file in tmp_path.iterdir()), 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 1
    assert left_in(tmp_path) == []
    assert publications(tables) == 0


def test_a_reader_who_goes_away_is_no_publication(tables: Client, server: Server) -> None:
    """Where standard output is closed before all is there, a sentence says that nothing is registered."""
    tables.command(MANY)
    told = {**os.environ, "TALLY_CLICKHOUSE": server.url}
    with subprocess.Popen(
        [*TALLY, "export", "w4r-2026", "--what", "reports"], env=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"# publication: ")
        process.stdout.close()
        assert process.stderr.read() == b"Who read standard output went away: nothing is registered.\n"
        assert process.wait(60) == 1
    assert publications(tables) == 0
