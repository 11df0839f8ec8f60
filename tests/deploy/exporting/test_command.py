"""`tally export` as a person meets it: files, standard output, sentences."""

import csv
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from threading import Thread

import openpyxl
import orjson
import pytest
from clickhouse_connect.driver.client import Client

from deploy.exporting import xlsx_rows
from deploy.exporting.asked import Asked
from deploy.exporting.command import FORMATS
from deploy.exporting.giving import give_out
from deploy.ports import free_port
from tests.deploy.engines import Server
from tests.deploy.exporting.conftest import MANY, Tally
from tests.deploy.exporting.readers import read_back
from tests.sinks.clickhouse.history import seasons_history, store_history
from tests.stacks import TALLY, wait_for

_ODD = """INSERT INTO letter_reports
SELECT
    generateUUIDv4(), 0, false, NULL, 'w4r-2026', said, said, 'FR', said, said, 'letter', 1, NULL, now64(3), 1, 0, 1, 1
FROM (SELECT arrayJoin(['=1+1', '+1', '-1', '@SUM(A1)', '\\t=1', '\\r=1', 'a,"b"']) AS said)"""


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
    cutting = Cutting(server.port, 8_000_000)
    yield cutting
    cutting.close()


def left_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def publications(client: Client) -> int:
    return int(client.query("SELECT count() FROM publications").result_rows[0][0])


def test_a_file_and_standard_output_say_the_same(tables: Client, tally: Tally, tmp_path: Path) -> None:
    """Without -o and with -o - rows go to standard output, and a sentence to standard error."""
    store_history(tables, seasons_history(Random(5), 200))
    to_file = tally("export", "w4r-2026", "--scope", "case", "--from", "2026-11-01", "-o", str(tmp_path / "totals.csv"))
    assert (to_file.returncode, to_file.stdout) == (0, ""), to_file.stderr
    heading, rows = read_back(tmp_path / "totals.csv")
    assert heading["publication"] in to_file.stderr
    assert {row["scope"] for row in rows} == {"case"}
    for more in ((), ("-o", "-")):
        streamed = tally("export", "w4r-2026", "--scope", "case", "--from", "2026-11-01", "--format", "jsonl", *more)
        assert streamed.returncode == 0, streamed.stderr
        assert [orjson.loads(line) for line in streamed.stdout.splitlines()][1:] == rows
    assert publications(tables) == 3


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
@pytest.mark.usefixtures("tables")
def test_a_format_that_is_no_stream_needs_a_file(tally: Tally, form: str) -> None:
    """Parquet and XLSX to standard output are refused with what to do."""
    said = tally("export", "w4r-2026", "--format", form)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"-o: {form} needs a file: standard output takes csv and jsonl\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--scope", "planet"], "--scope: planet: expected one of world"),
        (["--scope", "world", "--what", "reports"], "--scope: reports are not sums"),
        (["--from", "2026-12-02", "--to", "2026-12-01"], "--to: expected the day of --from"),
        ([], "No report of 'w4r-2026' is counted in ClickHouse."),
        (["--to", "2026-12-01"], "No report of 'w4r-2026' received from the first to 2026-12-01 day"),
    ],
)
@pytest.mark.usefixtures("tables")
def test_what_cannot_be_given_is_a_sentence(tally: Tally, tmp_path: Path, options: list[str], sentence: str) -> None:
    """Options that do not fit, and a campaign that nobody counted, end with a sentence and leave no file."""
    said = tally("export", "w4r-2026", *options, "-o", str(tmp_path / "rows.csv"))
    assert said.returncode == 1
    assert said.stderr.startswith(sentence)
    assert said.stderr.count("\n") == 1
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("command", [["export", "w4r-2026"], ["report", "w4r-2026"]])
def test_clickhouse_away_is_a_sentence(tally: Tally, command: list[str]) -> None:
    """Nobody at the address: a sentence at the end, exit status 1."""
    said = tally(*command, url=f"http://tally:word@127.0.0.1:{free_port()}/tally")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.splitlines()[-1].startswith("ClickHouse refuses or is away")


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


def test_a_folder_that_is_not_there_is_a_sentence(tables: Client, tally: Tally, tmp_path: Path) -> None:
    """The sentence names the file and says why it can't be written."""
    store_history(tables, seasons_history(Random(6), 50))
    to = tmp_path / "nowhere" / "rows.csv"
    said = tally("export", "w4r-2026", "-o", str(to))
    assert said.returncode == 1
    assert said.stderr == f"-o: {to}: No such file or directory: nothing is written there.\n"


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
    said = subprocess.run(argv, env=told, capture_output=True, text=True, timeout=120, check=False)
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
    assert len(read_back(file)[1]) == 300_000


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


def test_no_cell_of_csv_is_a_formula(tables: Client, tmp_path: Path) -> None:
    """Whatever texts the letters have, and in the heading too, no cell begins as a formula does; the text is kept."""
    tables.command(_ODD)
    for what in ("reports", "totals"):
        file = tmp_path / f"{what}.csv"
        give_out(tables, Asked("w4r-2026", what, "UTC", date(2020, 1, 1)), FORMATS["csv"], file)  # type: ignore[arg-type]  # one of them
        with file.open(newline="") as lines:
            cells = {cell for line in csv.reader(lines) for cell in line}
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert cells >= {"'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'\r=1", 'a,"b"'}


def test_no_cell_of_xlsx_is_a_formula(tables: Client, tmp_path: Path) -> None:
    """A text of a sheet is a text, as it was said."""
    tables.command(_ODD)
    file = tmp_path / "rows.xlsx"
    give_out(tables, Asked("w4r-2026", "reports"), FORMATS["xlsx"], file)
    sheet = openpyxl.load_workbook(file)["rows 1"]
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert {"=1+1", "+1", "-1", "@SUM(A1)"} <= {cell.value for cell in cells}


def test_what_a_sheet_cannot_hold_goes_on_to_the_next(
    tables: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sheet has the names of the columns, and all sheets together every row once, in order."""
    store_history(tables, seasons_history(Random(7), 300))
    asked = Asked("w4r-2026", "reports")
    give_out(tables, asked, FORMATS["csv"], tmp_path / "rows.csv")
    _, rows = read_back(tmp_path / "rows.csv")
    monkeypatch.setattr(xlsx_rows, "MOST_ROWS", 11)
    give_out(tables, asked, FORMATS["xlsx"], tmp_path / "rows.xlsx")
    book = openpyxl.load_workbook(tmp_path / "rows.xlsx", read_only=True)
    assert book.sheetnames == ["about", *(f"rows {number + 1}" for number in range(-(-len(rows) // 10)))]
    book.close()
    assert read_back(tmp_path / "rows.xlsx")[1] == rows
    assert len(rows) > 40
