"""`tally import-history` on the real engine: stored once, replaced by its source, never mixed with what is counted."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from schemas.migrations import migrate
from tests.deploy.engines import Server
from tests.stacks import TALLY

FILE = Path(__file__).parent / "past" / "write-for-rights.csv"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    with closing(server.connect()) as client:
        migrate(client)
    yield server
    server.process.kill()
    server.process.wait()


def imported(server: Server, file: Path, *options: str, status: int = 0, answer: str = "") -> str:
    """Run the command and return what it says, on both outputs."""
    told = os.environ | {"TALLY_CLICKHOUSE": server.url, "COLUMNS": "400"}
    command = [*TALLY, "import-history", str(file), *options]
    done = subprocess.run(command, env=told, check=False, capture_output=True, text=True, timeout=120, input=answer)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_past_years_are_stored_once_and_corrected_by_their_source(server: Server, tmp_path: Path) -> None:
    """Shown first, stored when told so; the same file again changes nothing, a corrected one replaces what it said."""
    published = "SELECT count(), sum(letters) FROM published_totals FINAL"
    assert "Nothing was stored." in imported(server, FILE, answer="n\n", status=1)
    assert server.ask(published) == [(0, 0)]
    said = imported(server, FILE, answer="y\n")
    assert "5,912,113" in said
    assert "20 are new, 0 replace what is stored, 0 are stored already." in said
    before = server.ask(published)
    assert before[0][0] == 20
    assert "All of it is stored already." in imported(server, FILE, "--yes")
    assert server.ask("SELECT count() FROM published_totals") == [(20,)]
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(FILE.read_text().replace("2018,world,all,5911113", "2018,world,all,5912113"))
    assert "replaces 5,911,113 of 2026-11-25" in imported(server, corrected, "--yes")
    assert server.ask(published) == [(20, int(str(before[0][1])) + 1_000)]
    years = "SELECT letters FROM years WHERE year = 2018 AND scope = 'world' AND origin = 'published' ORDER BY letters"
    assert server.ask(years) == [(5_796_150,), (5_912_113,), (5_912_113,)]


def test_a_file_with_a_mistake_stores_nothing(server: Server, tmp_path: Path) -> None:
    """Each mistake is a line that says where it is and what was expected; the good lines wait for a mended file."""
    broken = tmp_path / "broken.csv"
    broken.write_text(FILE.read_text() + 'next year,world,all,1,x,2019-03-01\n2018,world,all,"5,9",x,2019-03-01\n')
    said = imported(server, broken, "--yes", status=1)
    assert f"{broken}: line 22: year: expected a whole number" in said
    assert f"{broken}: line 23: letters: expected a whole number" in said
    assert "Nothing was stored: mend 2 mistakes and import the file again." in said
    assert server.ask("SELECT count() FROM published_totals") == [(0,)]
