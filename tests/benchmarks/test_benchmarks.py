"""The benchmarks themselves: run very small, so that they do not rot."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from schemas.wire import HEADERS, decode_report, encode
from tests.benchmarks.__main__ import FAST_RATE, SLOW_RATE, as_table, measure
from tests.benchmarks.history import as_table as history_as_table
from tests.benchmarks.history import measure_history
from tests.benchmarks.history_queries import OWN, QUESTIONS
from tests.benchmarks.season import season
from tests.histories import recount


def test_a_season_is_what_it_says() -> None:
    """The same seed gives the same records, all of them valid, with a few per cent repeated, corrected, withdrawn."""
    reports = list(season(20_000))
    assert reports == list(season(20_000))
    assert all(decode_report(r["report_id"].encode(), encode(r), HEADERS) == r for r in reports[:1000])
    copies = Counter((report["report_id"], report["revision"]) for report in reports)
    assert 0.02 < 1 - len(copies) / len(reports) < 0.04
    revised = sum(revision > 0 for _, revision in copies)
    assert 0.02 < revised / len(reports) < 0.04
    assert 0.005 < sum(r["withdrawn"] for r in reports) / len(reports) < 0.015
    members = Counter(scope for _, scope, _ in recount(reports))
    assert (members["case"], members["kind"], members["channel"]) == (12, 6, 3)
    assert members["country"] > 100
    assert members["event"] > 390


@pytest.mark.long
@pytest.mark.skipif(not (shutil.which("java") and shutil.which("mvn")), reason="Apache Kafka needs Java and Maven")
def test_all_figures_are_measured(tmp_path: Path) -> None:
    """A small run measures every figure, and prints each."""
    measured = measure(
        tmp_path, size=2_000, naive_size=200, posting_seconds=1, posts=400, watchers=20, say=lambda _: None
    )
    assert measured["cpu_seconds_per_million"] > 0
    assert measured["post_to_sse_ms"]["posted"] == FAST_RATE
    assert measured["post_to_sse_ms"]["refused"] == 0
    assert all(measured["post_to_sse_ms"]["cores"][part] > 0 for part in ("collector", "worker", "kafka"))
    assert measured[f"post_to_sse_ms_at_{SLOW_RATE}"]["p50"] > 0
    assert measured["post_to_screen_ms"]["p50"] > 0
    assert measured["naive_faust_cpu_seconds_per_million"] > 0
    assert measured["watching"]["frames_a_second_and_watcher"] > 0
    assert measured["watching"]["reads"]["not_modified_a_second_and_core"] > 0
    assert as_table(measured).row_count > len(measured)


@pytest.mark.long
def test_a_history_is_measured(tmp_path: Path) -> None:
    """A small run asks every question of generated years, before and after a merge, and each has an answer."""
    measured = measure_history(tmp_path, size=100_000, inserted=40_000, runs=2, say=lambda _: None)
    assert measured["rows"] == 100_000
    assert measured["inserted_a_second"] > 0
    first, merged = measured["as inserted"], measured["merged"]
    assert merged["parts"] == 1
    for state in (first, merged):
        assert state["bytes_a_row"] > 0
        assert state["questions"].keys() == {one.name for one in (*QUESTIONS, OWN)}
        assert all(one["answer_rows"] > 0 and one["p50_ms"] > 0 for one in state["questions"].values())
    shares = measured["shares"]
    assert 0.12 < shares["late"] < 0.14
    assert 0.03 < shares["corrected"] < 0.05
    assert 0.001 < shares["withdrawn"] < 0.003
    assert shares["participants with several reports"] > 0.3
    assert history_as_table(measured).row_count > len(QUESTIONS)
