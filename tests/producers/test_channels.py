"""Every channel's samples through the real collector onto a real broker."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest

import producers.channels
from producers.channels.known import CHANNELS
from schemas.topics import HELD
from streams.fold import Sums, fold
from tests.brokers import EmbeddedBroker
from tests.producers.channels.media import media_type_of
from tests.producers.conftest import collecting
from tests.producers.proofs import SECRET, proven
from tests.producers.test_collector import records
from tests.producers.test_corrections import reports_on

Import = Callable[..., subprocess.CompletedProcess[str]]
FOLDER = Path(producers.channels.__path__[0])
# Samples name cases that the example campaign has not.
MORE_CASES = ("noor", "tomas")
SAMPLES = [
    (name, sample)
    for name in CHANNELS
    for sample in sorted((FOLDER / name.replace("-", "_") / "samples").iterdir())
    if sample.suffix != ".toml" and not sample.name.endswith(".expected.json")
]


@pytest.fixture
def sources(tmp_path: Path, campaigns: Path) -> Path:
    """Configure a source for each channel, as its samples have it, and a second secret."""
    campaign = campaigns / "w4r-2026.toml"
    for case in MORE_CASES:
        more = f'\n[[cases]]\ncase = "{case}"\nname = "{case.title()}"\ncountry = "PE"\nline = "Of the samples."\n'
        campaign.write_text(campaign.read_text() + more)
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "secret").write_text(SECRET)
    (folder / "next").write_text(SECRET[::-1])
    for name in CHANNELS:
        lines = (FOLDER / name.replace("-", "_") / "samples" / "source.toml").read_text().splitlines()
        kept = [line for line in lines if not line.startswith(("source =", "secret_files ="))]
        said = [f'source = "from-{name}"', 'secret_files = ["secret", "next"]', *kept]
        (folder / f"{name}.toml").write_text("\n".join(said) + "\n")
    return folder


@pytest.fixture
def halls(campaigns: Path) -> list[str]:
    """Add 300 events to the campaign's file."""
    names = [f"hall-{number}" for number in range(300)]
    text = "".join(
        f'\n[[events]]\nevent = "{name}"\nname = "Hall"\nplace = "Lyon"\ncountry = "FR"\ndate = 2026-12-10\n'
        for name in names
    )
    campaign = campaigns / "w4r-2026.toml"
    campaign.write_text(campaign.read_text() + text)
    return names


@pytest.fixture
def collector(broker: EmbeddedBroker, campaigns: Path, sources: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    """Run a collector that knows the sources."""
    with collecting(broker.address, campaigns, tmp_path, {"TALLY_SOURCES": str(sources)}) as running:
        yield running.client


def deliver(collector: httpx.Client, name: str, sample: Path, secret: str = SECRET) -> httpx.Response:
    body = sample.read_bytes()
    headers, parameters = proven(name, body, secret)
    headers["Content-Type"] = media_type_of(sample.name)
    return collector.post(f"/v1/channels/from-{name}", content=body, headers=headers, params=parameters)


def totals_on(broker: EmbeddedBroker) -> Sums:
    reports = reports_on(broker.address)
    totals = fold([(UUID(r["report_id"]).bytes, r) for r in reports], [None] * len(reports)).totals
    return {key: pair for key, pair in totals.items() if pair != (0, 0)}


def test_three_times_shuffled_and_at_once_comes_to_the_same(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """Every sample is answered 200, and delivered three times over, in any order and at once, counts as once."""
    for name, sample in SAMPLES:
        answer = deliver(collector, name, sample)
        assert answer.status_code == 200, (name, sample, answer.text)
        assert set(answer.json()) == {"counted", "withdrawn", "held", "confirmed", "ignored", "rejected"}
    once = totals_on(broker)
    assert once["w4r-2026", "world", "all"] > (0, 0)
    # A sheet and a counter say how things stand when they are sent: the last one is right, in whatever order.
    again = [pair for pair in SAMPLES if pair[0] not in {"sheet", "petition-counter"}] * 2
    Random(5).shuffle(again)
    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(lambda pair: deliver(collector, *pair).status_code, again))
    assert statuses == {200}
    assert totals_on(broker) == once


def test_what_waits_is_held_and_not_counted(collector: httpx.Client, broker: EmbeddedBroker) -> None:
    """A submission to be confirmed and its confirmation meet under one key, and count nothing yet."""
    folder = FOLDER / "impact_stack" / "samples"
    for sample in sorted(folder.glob("*confirm*.json")):
        if not sample.name.endswith(".expected.json"):
            assert deliver(collector, "impact-stack", sample).status_code == 200
    waiting = records(broker.address, HELD.name, 2)
    assert len({record.key for record in waiting}) < len(waiting)


@pytest.mark.parametrize("name", CHANNELS)
def test_only_a_source_can_deliver(collector: httpx.Client, name: str) -> None:
    """Both valid secrets are taken, another one is 401, and a source that nobody configured is 404."""
    sample = next(sample for channel, sample in SAMPLES if channel == name)
    assert deliver(collector, name, sample, SECRET[::-1]).status_code == 200
    refused = deliver(collector, name, sample, "a secret of somebody else's")
    assert (refused.status_code, refused.json()["reason"]) == (401, "bad_signature")
    assert collector.post("/v1/channels/nobody", content=b"{}").json()["reason"] == "unknown_source"


@pytest.fixture
def imported(collector: httpx.Client, campaigns: Path, sources: Path) -> Import:
    """Return `tally import` of a sheet, which asks nothing, or would get no answer."""

    def imported(sheet: Path, how: str = "--yes") -> subprocess.CompletedProcess[str]:
        told = os.environ | {"TALLY_CAMPAIGNS": str(campaigns), "TALLY_SOURCES": str(sources), "COLUMNS": "300"}
        argv = [sys.executable, "-m", "deploy", "import", str(sheet), "--source", "from-sheet"]
        argv += ["--collector", str(collector.base_url).rstrip("/"), *(["--yes"] if how == "--yes" else [])]
        return subprocess.run(
            argv, check=False, capture_output=True, text=True, timeout=60, env=told, stdin=subprocess.DEVNULL
        )

    return imported


def test_a_sheet_is_shown_and_sent_once(imported: Import, broker: EmbeddedBroker, tmp_path: Path) -> None:
    """`tally import` shows what counts, the same sheet twice counts once, a corrected one replaces it."""
    sheet = tmp_path / "sheet.csv"
    for rows, letters in ((("amara,5", "rosa,7"), 12), (("amara,5", "rosa,7"), 12), (("amara,6",), 6)):
        lines = [f"warsaw-marathon,PL,{row}" for row in rows]
        sheet.write_text("\n".join(["event,country,case,letters", *lines]) + "\n")
        done = imported(sheet)
        assert done.returncode == 0, done.stderr
        assert f"It would count {letters} letters" in done.stdout
        assert totals_on(broker)["w4r-2026", "event", "warsaw-marathon"][0] == letters


@pytest.mark.usefixtures("collector")
def test_a_sheet_that_counts_nothing_is_not_sent(imported: Import, broker: EmbeddedBroker, tmp_path: Path) -> None:
    """What is wrong with it is said, where all cells are refused and where there are none, and nothing is asked."""
    sheet = tmp_path / "sheet.csv"
    for text, why in (
        ("warsaw-marathon,PL,amora,5\n", "is 'amara' meant?"),
        ("", "nothing_to_count: expected rows below the headings"),
    ):
        sheet.write_text("event,country,case,letters\n" + text)
        done = imported(sheet, "--ask")
        assert done.returncode == 1
        assert why in done.stdout
        assert "Send it?" not in done.stdout
        assert "Nothing was sent" in done.stderr
    assert not reports_on(broker.address)


@pytest.mark.usefixtures("collector")
def test_a_sheet_says_what_will_wait_and_what_was_not_there(imported: Import, tmp_path: Path) -> None:
    """What is over the limit is shown to wait, and where to find it; what never stood is not called taken back."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("event,country,case,letters\nwarsaw-marathon,Polska,amara,1001\nwarsaw-marathon,PL,rosa,7\n")
    done = imported(sheet)
    assert done.returncode == 0, done.stderr
    assert "waits" in done.stdout
    assert "It would count 7 letters; 1,001 would wait for a review; 0 cells are refused." in done.stdout
    assert "Counted: 1 report; held: 1; refused: 0." in done.stdout
    assert "tally held list" in done.stdout
    assert "taken back:" not in done.stdout
    assert "count nothing: where an earlier sheet said them, they are taken back" in done.stdout


@pytest.mark.usefixtures("sources")
def test_a_sheet_of_hundreds_of_events_counts(
    halls: list[str], collector: httpx.Client, broker: EmbeddedBroker
) -> None:
    """A sheet that makes over 20,000 records, each event's withdrawals among them, is taken at once and counts."""
    sheet = "event,case,country,letters\n" + "".join(f"{hall},amara,FR,3\n" for hall in halls)
    headers, parameters = proven("sheet", sheet.encode())
    answer = collector.post(
        "/v1/channels/from-sheet", content=sheet, headers=headers | {"Content-Type": "text/csv"}, params=parameters
    )
    assert answer.status_code == 200
    told = answer.json()
    assert (told["counted"], told["rejected"]) == (300, [])
    assert told["withdrawn"] > 20_000
    assert totals_on(broker)["w4r-2026", "world", "all"] == (900, 300)
