"""`tally held`, and a restore of what was held, on real engines with the worker and the sink between them."""

import json
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from deploy.drain import drain
from schemas.epoch import group_of_sinks
from schemas.report import LetterReport
from tests.counting import PARTITIONS
from tests.deploy.cluster import Cluster
from tests.holdings import (
    confirmation_of,
    correction_of,
    hold,
    judged,
    letters_of,
    random_holding,
    read_all,
    released_reports,
    submission_of,
    verdict_of,
)
from tests.stacks import make_folder, wait_for


def in_order(reports: list[LetterReport]) -> list[LetterReport]:
    return sorted(reports, key=lambda report: (report["report_id"], report["revision"]))


def test_a_reviewer_sees_releases_and_discards(cluster: Cluster) -> None:
    """What waits is listed and shown; what was released is sent on, what was discarded is named, both wait no more."""
    good, spam, unconfirmed = submission_of(1, 7), submission_of(2), submission_of(3, 0, ["confirmation"])
    assert cluster.tally("held", "list") == "Nothing waits.\n"
    hold(cluster.broker.address, [good, spam, unconfirmed])
    cluster.has_rows("held_submissions", 6)
    assert {one["submission_id"]: one["needs"] for one in cluster.listed()} == {
        good["submission_id"]: ["review"],
        spam["submission_id"]: ["review"],
        unconfirmed["submission_id"]: ["confirmation"],
    }
    assert "3 submissions with" in cluster.tally("held", "list")
    shown = cluster.tally("held", "show", good["submission_id"])
    assert all(report["report_id"] in shown for report in good["reports"])
    assert f"release {good['submission_id']} --revision 7" in shown
    told = cluster.tally("held", "release", good["submission_id"], "--revision", "6", status=1)
    assert "revision 7, not 6" in told
    told = cluster.tally("held", "release", good["submission_id"], "--revision", "7")
    assert told == "Released: 2 reports with 17 letters; they will be counted.\n"
    assert "Discarded: 2 reports" in cluster.tally("held", "discard", spam["submission_id"], "--revision", "0")
    assert "its platform must send that" in cluster.tally("held", "release", unconfirmed["submission_id"], status=1)
    wait_for(lambda: len(letters_of(cluster.broker.address)) == 2, 60)
    assert in_order(letters_of(cluster.broker.address)) == in_order(good["reports"])
    wait_for(lambda: len(read_all(cluster.broker.address, "rejected")) == 2, 60)
    cluster.has_rows("held_verdicts", 2)
    assert [one["submission_id"] for one in cluster.listed()] == [unconfirmed["submission_id"]]
    assert "waits no more" in cluster.tally("held", "show", good["submission_id"], status=1)


def test_a_verdict_that_clickhouse_does_not_have_is_no_success(cluster: Cluster) -> None:
    """Where the verdict would be lost with the log, the command fails with a sentence; given again, it holds."""
    good, spam = submission_of(1), submission_of(2)
    hold(cluster.broker.address, [good, spam])
    cluster.has_rows("held_submissions", 4)
    cluster.stop_parts()
    for command, one in (("release", good), ("discard", spam)):
        verdict = ("held", command, one["submission_id"], "--revision", "0")
        told = cluster.tally(*verdict, "--wait-seconds", "1", status=1)
        assert "ClickHouse has not stored all of it after 1 s. Whether this verdict lasts nobody knows" in told
    cluster.lose_the_log()
    assert "topics" in cluster.tally(*verdict, "--wait-seconds", "1", status=1)
    cluster.tally("restore")
    cluster.start_parts()
    assert len(cluster.listed()) == 2
    cluster.tally("held", "release", good["submission_id"], "--revision", "0")
    cluster.tally("held", "discard", spam["submission_id"], "--revision", "0")
    assert cluster.listed() == []
    cluster.lose_the_log()
    cluster.tally("restore")
    cluster.start_parts()
    wait_for(lambda: in_order(letters_of(cluster.broker.address)) == in_order(good["reports"]), 60)
    assert cluster.listed() == []


def test_an_unknown_submission_is_a_sentence(cluster: Cluster) -> None:
    """An id that nothing was held under, or that is none, ends with a sentence and changes nothing."""
    for command in ("show", "release", "discard"):
        for number in (0, 99):
            assert "was held, as far as" in cluster.tally("held", command, str(UUID(int=number)), status=1)
    assert "UUID" in cluster.tally("held", "show", "no-id", status=2)
    assert read_all(cluster.broker.address, "held") == []


@pytest.mark.timeout(600)
def test_a_lost_log_gets_back_what_was_held(cluster: Cluster) -> None:
    """After a restore the same waits, what was released is on `letters` again, and a release that was due happens."""
    log = random_holding(Random(5), size=2_000, ids=900)
    hold(cluster.broker.address, log)
    outcomes, waiting = judged(log)
    reports = {(r["report_id"], r["revision"]) for r in released_reports(log)}
    verdicts = {json.dumps(one, sort_keys=True) for one in log if "verdict" in one}
    cluster.has_rows("held_verdicts", len(verdicts))
    wait_for(lambda: {str(one["submission_id"]): one["needs"] for one in cluster.listed()} == waiting, 60)
    cluster.lose_the_log()
    said = cluster.tally("restore")
    assert "records" in said
    address = cluster.broker.address
    again = [json.loads(record.value) for record in read_all(address, "held")]
    assert {json.dumps(one, sort_keys=True) for one in again if "verdict" in one} == verdicts
    assert judged(again)[1] == waiting
    assert {of: outcome for of, (outcome, _) in judged(again)[0].items()} == {
        of: outcome for of, (outcome, _) in outcomes.items()
    }
    cluster.start_parts()
    wait_for(lambda: {(r["report_id"], r["revision"]) for r in letters_of(address)} == reports, 90)
    late = next(submission_id for submission_id, needs in waiting.items() if needs == ["confirmation"])
    hold(address, [confirmation_of(UUID(late).int, given_at=9)])
    wait_for(lambda: len({(r["report_id"], r["revision"]) for r in letters_of(address)}) == len(reports) + 2, 60)
    wait_for(lambda: late not in {one["submission_id"] for one in cluster.listed()}, 60)


@pytest.mark.timeout(300)
def test_a_discard_is_named_once_however_often_the_log_is_lost(cluster: Cluster, tmp_path: Path) -> None:
    """The next epochs say again what was discarded and corrected: it is one refusal, with its first date."""
    cluster.settings["TALLY_CAMPAIGNS"] = str(make_folder(tmp_path / "campaign") / "campaigns")
    spam, typo, early = submission_of(1), submission_of(2, 0, lines=1), submission_of(3, 0, lines=1)
    before_it_came = verdict_of(3, "review", "discard", 0)
    hold(cluster.broker.address, [spam, typo, correction_of(2, 5), before_it_came, early])
    cluster.has_rows("held_submissions", 4)
    cluster.tally("held", "discard", spam["submission_id"], "--revision", "0")
    cluster.has_rows("rejected", 4)
    first = cluster.tally("rejected", "list", "--json")
    for epoch in (2, 3):
        cluster.lose_the_log()
        cluster.tally("restore")
        cluster.start_parts()
        wait_for(lambda: len(read_all(cluster.broker.address, "rejected")) == 4, 60)
        drain(cluster.broker.address, group_of_sinks(epoch), ["rejected"], PARTITIONS, 60)
        assert cluster.tally("rejected", "list", "--json") == first
    cluster.has_rows("rejected", 4)
    assert "Retried: 1 of 4." in cluster.tally("rejected", "retry", "--yes")
    wait_for(lambda: len(json.loads(cluster.tally("rejected", "list", "--json"))) == 3, 60)
    cluster.lose_the_log()
    cluster.tally("restore")
    cluster.start_parts()
    wait_for(lambda: len(read_all(cluster.broker.address, "rejected")) == 4, 60)
    drain(cluster.broker.address, group_of_sinks(4), ["rejected"], PARTITIONS, 60)
    assert len(json.loads(cluster.tally("rejected", "list", "--json"))) == 3
