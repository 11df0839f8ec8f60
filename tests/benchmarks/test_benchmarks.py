"""The benchmarks themselves: run very small, so that they do not rot."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from schemas.wire import HEADERS, decode_report, encode
from tests.benchmarks.__main__ import FAST_RATE, SLOW_RATE, as_table, measure
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
