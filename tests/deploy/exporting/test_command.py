"""`tally export` as a person meets it: files, standard output, sentences."""

from pathlib import Path
from random import Random

import orjson
import pytest
from clickhouse_connect.driver.client import Client

from deploy.ports import free_port
from tests.deploy.exporting.conftest import Tally, left_in, publications
from tests.deploy.exporting.readers import read_back
from tests.sinks.clickhouse.history import seasons_history, store_history


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
        (["--to", "2026-12-01"], "No report of 'w4r-2026' received by the end of 2026-12-01 is counted"),
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


def test_a_folder_that_is_not_there_is_a_sentence(tables: Client, tally: Tally, tmp_path: Path) -> None:
    """The sentence names the file and says why it can't be written."""
    store_history(tables, seasons_history(Random(6), 50))
    to = tmp_path / "nowhere" / "rows.csv"
    said = tally("export", "w4r-2026", "-o", str(to))
    assert said.returncode == 1
    assert said.stderr == f"-o: {to}: No such file or directory: nothing is written there.\n"
