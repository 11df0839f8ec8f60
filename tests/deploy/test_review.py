"""Our own reports above the campaign's limit: from the collector, past a reviewer, to the totals; on real engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.leashed import Leashed
from tests.counting import shown_totals
from tests.deploy.cluster import Cluster
from tests.deploy.engines import start_part
from tests.producers.conftest import CollectorProcess, wait_until_ready
from tests.stacks import make_folder, wait_for

KEY = {"Idempotency-Key": "a hall in Toulouse"}
MANY = 1200


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Run a cluster with topics and tables, and what stores, holds and counts."""
    cluster = Cluster(tmp_path)
    counting: list[Leashed] = []
    try:
        cluster.tally("migrate")
        cluster.tally("topics", "create")
        cluster.start_parts()
        state = {"TALLY_STATE": str(tmp_path / "counting"), "TALLY_SESSION_TIMEOUT_SECONDS": "6"}
        counting.append(start_part("streams", tmp_path / "counting", cluster.settings | state))
        yield cluster
    finally:
        for part in counting:
            part.kill()
        cluster.close()


@pytest.fixture
def collector(cluster: Cluster, tmp_path: Path) -> Iterator[CollectorProcess]:
    """Run a collector."""
    collector = CollectorProcess(cluster.broker.address, make_folder(tmp_path) / "campaigns", tmp_path)
    try:
        wait_until_ready(collector.client)
        yield collector
    finally:
        collector.stop()


def body(amara: int, rosa: int) -> dict[str, object]:
    lines = [{"case": "amara", "letters": amara}, {"case": "rosa", "letters": rosa}]
    return {"campaign": "w4r-2026", "country": "FR", "lines": lines}


def letters(cluster: Cluster, **expected: int) -> None:
    """Return once the totals are those of these letters by case, in every scope."""
    world = (sum(expected.values()), len(expected))
    once = {"world": "all", "country": "FR", "event": "none", "channel": "reports", "kind": "letter"}
    totals = {("w4r-2026", scope, member): world for scope, member in once.items()}
    for case, count in expected.items():
        totals |= {("w4r-2026", "case", case): (count, 1), ("w4r-2026", "case-country", f"{case}:FR"): (count, 1)}
    assert shown_totals(cluster.broker.address, totals, limit_seconds=60) == totals


def has_named(cluster: Cluster, report_id: str) -> None:
    """Return once `rejected` has the held report as one that was corrected since."""
    named = "SELECT value FROM rejected FINAL WHERE reason = 'corrected_since'"
    wait_for(lambda: any(report_id in str(row[0]) for row in cluster.clickhouse.ask(named)), 60)


def waiting(cluster: Cluster, revision: int | None) -> str:
    """Return the one submission that waits, once its revision is at hand (None: any)."""
    for _ in range(60):
        listed = cluster.listed()
        if listed and (revision is None or listed[0]["revision"] == revision):
            assert len(listed) == 1
            return str(listed[0]["submission_id"])
    raise AssertionError(listed)


def test_a_hall_of_letters_waits_for_a_look(cluster: Cluster, collector: CollectorProcess) -> None:
    """The line above the limit waits while the other counts, sent twice it waits once; released, both count."""
    for _ in range(2):
        answer = collector.client.post("/v1/reports", json=body(MANY, 2), headers=KEY)
        assert answer.status_code == 202
        told = answer.json()
        assert [line["case"] for line in told["reports"]] == ["rosa"]
        assert [(line["case"], line["letters"], line["needs"]) for line in told["held"]] == [("amara", MANY, "review")]
        assert "once a person has looked" in told["held"][0]["detail"]
    letters(cluster, rosa=2)
    submission = waiting(cluster, 0)
    assert told["held"][0]["report_id"] in cluster.tally("held", "show", submission)
    assert "1 report with 1,200 letters" in cluster.tally("held", "release", submission, "--revision", "0")
    letters(cluster, amara=MANY, rosa=2)


def test_a_correction_above_the_limit_waits_too(cluster: Cluster, collector: CollectorProcess) -> None:
    """What was reported counts until the correction is released; one that was corrected since waits no more."""
    client = collector.client
    assert "held" not in client.post("/v1/reports", json=body(5, 2), headers=KEY).json()
    said = client.put("/v1/reports", json=body(MANY, 3), headers=KEY).json()
    assert [line["letters"] for line in said["reports"] + said["held"]] == [3, MANY]
    letters(cluster, amara=5, rosa=3)
    submission = waiting(cluster, said["held"][0]["revision"])
    cluster.tally("held", "release", submission, "--revision", str(said["held"][0]["revision"]))
    letters(cluster, amara=MANY, rosa=3)
    later = client.put("/v1/reports", json=body(2 * MANY, 3), headers=KEY).json()["held"][0]
    client.put("/v1/reports", json=body(7, 3), headers=KEY)
    letters(cluster, amara=7, rosa=3)
    wait_for(lambda: not cluster.listed(), 60)
    told = cluster.tally("held", "release", submission, "--revision", str(later["revision"]), status=1)
    assert "waits no more" in told
    client.put("/v1/reports", json=body(7, 4), headers=KEY)
    letters(cluster, amara=7, rosa=4)
    has_named(cluster, later["report_id"])


def test_what_its_author_mends_waits_no_more(cluster: Cluster, collector: CollectorProcess) -> None:
    """A typo above the limit is corrected: it leaves the list and the metric, and what is held after it waits."""
    client = collector.client
    held = client.post("/v1/reports", json=body(MANY, 2), headers=KEY).json()["held"][0]
    assert waiting(cluster, 0)
    client.put("/v1/reports", json=body(12, 2), headers=KEY)
    letters(cluster, amara=12, rosa=2)
    wait_for(lambda: not cluster.listed(), 60)
    has_named(cluster, held["report_id"])
    newer = client.put("/v1/reports", json=body(MANY + 1, 2), headers=KEY).json()["held"][0]
    earlier = {"modified_at": "2026-11-02T09:00:00Z"}
    assert client.put("/v1/reports", json=body(11, 2) | earlier, headers=KEY).status_code == 202
    waiting(cluster, newer["revision"])
    cluster.has_rows("held_verdicts", 2)
    submission = waiting(cluster, newer["revision"])
    cluster.tally("held", "release", submission, "--revision", str(newer["revision"]))
    letters(cluster, amara=MANY + 1, rosa=2)


def test_what_nobody_can_have_written_is_refused(collector: CollectorProcess) -> None:
    """Beyond the hard bound there is nothing to look at: 422 by name."""
    answer = collector.client.post("/v1/reports", json=body(10**9 + 1, 2))
    assert (answer.status_code, answer.json()["reason"]) == (422, "count_out_of_range")
    assert answer.json()["field"] == "lines.0.letters"
