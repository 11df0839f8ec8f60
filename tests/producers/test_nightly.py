"""ControlShift's nightly file through `tally import`, a real collector and a real broker."""

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.nightly import BATCH_ROWS, NightlyError, batches_of, overview_of
from producers.channels.controlshift.read import read_file
from producers.channels.reading import Delivery, Draft
from producers.channels.source import Source
from schemas.topics import LETTERS
from schemas.wire import Refusal, decode_report
from tests.brokers import EmbeddedBroker
from tests.producers.conftest import collecting
from tests.producers.proofs import SECRET, proven
from tests.producers.test_channels import totals_on
from tests.producers.test_collector import records
from tests.producers.test_corrections import reports_on

SOURCE = """source = "nz"
channel = "controlshift"
campaign = "w4r-2026"
country = "NZ"
secret_files = ["secret"]
[cases]
"free-amara" = "amara"
"4711" = "amara"
"4712" = "ilya"
"""
HEADER = ["id", "petition_id", "email", "first_name", "created_at", "deleted_at", "country", "updated_at"]
KNOWN = Source(source="nz", channel="controlshift", campaign="w4r-2026", cases={"4711": "amara", "4712": "ilya"})
Import = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def collector(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    (tmp_path / "nz.toml").write_text(SOURCE)
    (tmp_path / "secret").write_text(SECRET)
    settings = {"TALLY_SOURCES": str(tmp_path / "nz.toml")}
    with collecting(broker.address, campaigns, tmp_path, settings) as running:
        yield running.client


@pytest.fixture
def run(collector: httpx.Client, campaigns: Path, tmp_path: Path) -> Import:
    """Return `tally import` of a file, with the collector's own secret or another one."""

    def run(file: Path, sources: str = "nz.toml") -> subprocess.CompletedProcess[str]:
        told = os.environ | {"TALLY_CAMPAIGNS": str(campaigns), "TALLY_SOURCES": str(tmp_path / sources)}
        argv = [sys.executable, "-m", "deploy", "import", str(file), "--source", "nz", "--yes"]
        argv += ["--collector", str(collector.base_url).rstrip("/")]
        told |= {"COLUMNS": "300", "NO_PROXY": "127.0.0.1"}
        return subprocess.run(argv, check=False, capture_output=True, text=True, timeout=120, env=told)

    return run


def signature(number: int, petition: str = "4711", **said: str) -> dict[str, str]:
    row = {"id": str(number), "petition_id": petition, "email": f"w{number}@example.org", "first_name": "Ana"}
    return row | {"created_at": "2021-12-10 10:00:00 UTC", "updated_at": "2021-12-10 10:00:00 UTC"} | said


def write(file: Path, rows: list[dict[str, str]], encoding: str = "utf-8-sig") -> Path:
    with file.open("w", encoding=encoding, newline="") as opened:
        writer = csv.DictWriter(opened, HEADER)
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_file_and_webhook_meet(collector: httpx.Client, run: Import, broker: EmbeddedBroker, tmp_path: Path) -> None:
    """What a webhook told counts once with the file, which adds what was missed, mends, and takes back the deleted."""
    data = {"id": 1, "email": "w1@example.org", "petition": {"slug": "free-amara"}}
    body = orjson.dumps({"type": "signature.created", "data": data | {"created_at": "2021-12-10T10:00:00Z"}})
    headers, _ = proven("controlshift", body)
    assert collector.post("/v1/channels/nz", content=body, headers=headers).json()["counted"] == 1
    assert totals_on(broker)["w4r-2026", "country", "NZ"] == (1, 1)
    rows = [
        signature(1, country="FR"),
        signature(2, first_name='A "b"\nc, d', country="PL"),
        signature(3, "4712"),
        signature(4, "9999"),
        signature(5, "9999"),
    ]
    file = write(tmp_path / "nightly.csv", rows)
    for _ in range(2):
        done = run(file)
        assert done.returncode == 0, done.stderr
        assert "It would count 3 signatures and take back 0." in done.stdout
        assert "Ignored: 2 rows of petitions that the source does not list: 9999 (2)." in done.stdout
        assert "Counted: 3 reports; taken back: 0; held: 0; refused: 0." in done.stdout
        totals = totals_on(broker)
        assert totals["w4r-2026", "world", "all"] == (3, 3)
        assert {totals["w4r-2026", "country", country] for country in ("FR", "PL", "NZ")} == {(1, 1)}
    assert len({report["report_id"] for report in reports_on(broker.address)}) == 3
    deleted = {"deleted_at": "2021-12-12 08:00:00 UTC", "updated_at": "2021-12-12 08:00:00 UTC"}
    done = run(write(file, [*rows[:1], signature(2, **deleted), *rows[2:]]))
    assert "take back 1." in done.stdout
    assert totals_on(broker)["w4r-2026", "world", "all"] == (2, 2)


def test_more_than_a_batch_counts_whole(run: Import, broker: EmbeddedBroker, tmp_path: Path) -> None:
    """A file of several batches counts each of its rows."""
    count = 2 * BATCH_ROWS + 1
    done = run(write(tmp_path / "nightly.csv", [signature(number) for number in range(count)]))
    assert done.returncode == 0, done.stderr
    assert f"Counted: {count:,} reports" in done.stdout
    # Read to where nothing more comes: the embedded broker may tell an end that is a batch too low.
    found = [decode_report(r.key, r.value, r.headers) for r in records(broker.address, LETTERS.name, count)]
    assert len({report["report_id"] for report in found if not isinstance(report, Refusal)}) == count


def test_what_is_wrong_in_it_is_said(run: Import, broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Rows that can't be read are told by their line, the others count, and the exit status is 1."""
    file = write(tmp_path / "nightly.csv", [signature(1), signature(2, created_at="tomorrow")])
    with file.open("a") as opened:
        opened.write("3,4711\n")
    done = run(file)
    assert done.returncode == 1
    assert "bad_value: created_at: expected a date and time as in ISO 8601, line 3" in done.stdout
    assert "expected 8 columns as in the header, line 4" in done.stdout
    assert "Counted: 1 report; taken back: 0; held: 0; refused: 2." in done.stdout
    assert totals_on(broker)["w4r-2026", "world", "all"] == (1, 1)


def test_what_can_not_be_sent_is_a_sentence(run: Import, tmp_path: Path) -> None:
    """Another encoding, another table, no petition of ours, another secret: one sentence, and nothing is sent."""
    named = [signature(1), signature(2, first_name="Zoë")]
    for encoding, line in (("cp1252", 3), ("utf-16", 1)):
        done = run(write(tmp_path / "other.csv", named, encoding))
        assert (done.returncode, f"line {line} is not UTF-8" in done.stderr, "Nothing was sent" in done.stderr) == (
            1,
            True,
            True,
        ), done.stderr
    (tmp_path / "table.csv").write_text("member_id,email\n1,a@example.org\n")
    done = run(tmp_path / "table.csv")
    assert (done.returncode, "missing_field: id" in done.stdout) == (1, True)
    done = run(write(tmp_path / "others.csv", [signature(1, "9999")]))
    assert (done.returncode, "no row is of a petition" in done.stderr) == (1, True)
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "nz.toml").write_text(SOURCE)
    (tmp_path / "else" / "secret").write_text("a secret of somebody else's")
    done = run(write(tmp_path / "good.csv", [signature(1)]), "else/nz.toml")
    assert (done.returncode, "The collector refuses it" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_lines_without_end_are_refused(tmp_path: Path) -> None:
    """A file without line breaks is not taken into memory."""
    (tmp_path / "long.csv").write_bytes(b"id,petition_id\n" + b"1" * (2 << 20))
    with (tmp_path / "long.csv").open("rb") as opened, pytest.raises(NightlyError, match="line 2 is longer"):
        overview_of(opened, KNOWN)


ROWS = st.lists(
    st.builds(
        signature,
        st.integers(1, 99),
        st.sampled_from(["4711", "4712", "9999", ""]),
        email=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
        country=st.sampled_from(["FR", "", " "]),
        deleted_at=st.sampled_from(["", "2021-12-12 08:00:00 UTC", "soon"]),
    ),
    max_size=10,
)


@given(rows=ROWS)
def test_batches_say_what_the_file_says(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]) -> None:
    """Drafts of the batches are those of the file read as a whole, and the overview counts them."""
    file = write(tmp_path_factory.getbasetemp() / "any.csv", rows)
    with file.open("rb") as opened:
        batches = [read_file(Delivery(batch, {}, 0), KNOWN) for batch in batches_of(opened, KNOWN)]
        opened.seek(0)
        overview = overview_of(opened, KNOWN)
    whole = [reading for reading in read_file(Delivery(file.read_bytes(), {}, 0), KNOWN) if isinstance(reading, Draft)]
    assert [reading for batch in batches for reading in batch if isinstance(reading, Draft)] == whole
    assert overview.signatures + overview.deletions == len(whole)
    assert overview.deletions == sum(draft.withdrawn for draft in whole)


_MEASURED = """
import resource, sys
from deploy.nightly import batches_of, overview_of
from tests.producers.test_nightly import KNOWN
def peak(file):
    with open(file, "rb") as opened:
        overview_of(opened, KNOWN)
    with open(file, "rb") as opened:
        for _ in batches_of(opened, KNOWN):
            pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
small = peak(sys.argv[1])
print(peak(sys.argv[2]) - small)
"""


def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    """Twenty times the rows take less than 8 MB more; as lists of rows they would take 100."""
    small = write(tmp_path / "small.csv", [signature(number) for number in range(5_000)])
    large = write(tmp_path / "large.csv", [signature(number) for number in range(100_000)])
    command = [sys.executable, "-c", _MEASURED, str(small), str(large)]
    root = Path(__file__).parents[2]
    grown_kib = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True, timeout=240).stdout
    assert int(grown_kib) < 8 << 10
