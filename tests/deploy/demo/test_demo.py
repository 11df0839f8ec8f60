"""`tally demo` as a newcomer runs it: through the real collector into the real engines, to a verdict."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parents[4] / "shared" / "traces" / "petition_241584_country_deltas.csv.gz"
COMPOSED = """\
snapshot,updated_at,country,delta,cumulative
1,2019-03-21T22:00:00Z,GB,120000,120000
1,2019-03-21T22:00:00Z,FR,1500,1500
1,2019-03-21T22:00:00Z,XK,3,3
2,2019-03-21T22:05:00Z,GB,-21500,98500
2,2019-03-21T22:05:00Z,XK,-1,2
2,2019-03-21T22:05:00Z,FR,0,1500
3,2019-03-22T22:10:00Z,GB,7,98507
3,2019-03-22T22:10:00Z,FR,-1500,0
4,2019-03-22T22:15:00Z,GB,-8,98499
4,2019-03-22T22:15:00Z,FR,2,2
"""


def played(*options: str) -> dict[str, Any]:
    """Run the demo and return its verdict, which must be that all agree."""
    argv = [sys.executable, "-m", "deploy", "demo", *options, "--json"]
    run = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=280)
    assert run.stdout.splitlines()[-1].startswith("{"), run.stdout + run.stderr
    verdict: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    assert verdict["all_agree"], run.stdout
    assert (run.returncode, run.stderr) == (0, "")
    assert verdict["offered"] == verdict["accepted"] + verdict["held"] + sum(verdict["refused"].values())
    return verdict


def composed(folder: Path) -> Path:
    file = folder / "trace.csv"
    file.write_text(COMPOSED)
    return file


def everywhere(**letters: int) -> dict[str, dict[str, int]]:
    return {of: dict.fromkeys(("expected", "counted", "shown", "stored", "file"), n) for of, n in letters.items()}


def test_a_december_ends_in_agreement() -> None:
    """After a short December 10th the fold, the counters and ClickHouse agree on every member."""
    verdict = played("--seconds", "8", "--speed", "30")
    assert verdict["letters_by_scope"]["world"]["stored"] > 0
    assert verdict["surprises"] == {}


def test_a_trace_ends_at_what_its_file_says(tmp_path: Path) -> None:
    """Steps up and down, across several submissions, end at the file's last counts in every place."""
    verdict = played("--trace", str(composed(tmp_path)))
    assert verdict["totals_by_country"] == everywhere(FR=2, GB=98_499, ZZ=2)
    assert verdict["trace"]["reported_as_unknown"] == {"XK": 2}


def test_a_trace_that_is_stopped_ends_at_what_was_played(tmp_path: Path) -> None:
    """A thousand times faster than its clock, the second day does not begin within five seconds: the first counts."""
    verdict = played("--trace", str(composed(tmp_path)), "--speed", "1000", "--seconds", "5")
    assert verdict["trace"]["changes_played"] == 6
    assert verdict["totals_by_country"] == everywhere(FR=1500, GB=98_500, ZZ=2)


@pytest.mark.long
@pytest.mark.skipif(not RECORDED.exists(), reason=f"no recorded petition in {RECORDED.parent.parent.name}/traces")
def test_a_recorded_petition_ends_at_what_its_file_says() -> None:
    """24,214 changes in 232 countries come to 6,078,985 signatures, country by country, in every place."""
    verdict = played("--trace", str(RECORDED))
    trace = verdict["trace"]
    assert (trace["changes_played"], trace["signatures"], trace["countries"]) == (24_214, 6_078_985, 232)
    assert trace["reported_as_unknown"] == {"BAT": 14, "XK": 14}
    assert trace["countries_that_differ"] == []
    assert verdict["letters_by_scope"]["world"]["stored"] == 6_078_985
