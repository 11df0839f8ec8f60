"""Campaigns and sources that are changed under a running `tally up`."""

from pathlib import Path

import psutil
import pytest

from deploy.changes import Changes
from tests.deploy.test_rejected import NOOR, SOURCE
from tests.producers.proofs import SECRET
from tests.stacks import BODY, Up, wait_for

LATE = BODY | {"lines": [{"case": "noor", "letters": 2}]}


@pytest.mark.timeout(300)
def test_what_is_changed_is_read_and_what_is_wrong_is_said(data: Path) -> None:
    """A case that is added counts, a source that is added is there; a mistake is named and changes nothing."""
    up = Up(data)
    collector = up.part("producers")
    assert up.post("late", LATE) == 422
    campaign = data / "campaigns" / "campaign.toml"
    text = campaign.read_text()
    campaign.write_text(text + NOOR.replace('"PE"', '"Peru"'))
    wait_for(lambda: "campaign.toml:" in up.said(), 60)
    assert "the collector goes on with what it has read" in up.said()
    assert collector.is_running()
    assert up.post("one") == 202
    campaign.write_text(text + NOOR)
    wait_for(lambda: up.post("late", LATE) == 202, 60)
    assert not running(collector)
    (data / "sources").mkdir()
    (data / "sources" / "secret").write_text(SECRET)
    (data / "sources" / "shop.toml").write_text(SOURCE)
    shop = f"{up.addresses['collector']}/v1/channels/shop"
    wait_for(lambda: up.status_of(shop) == 401, 60)
    wait_for(lambda: up.world() == 7, 60)
    assert up.said().count("counters and milestones start again") == 2
    assert up.stop() == 0, up.said()


def running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_change_is_told_once_and_when_it_is_whole(tmp_path: Path) -> None:
    """While somebody writes nothing is told; a second later it is, once, and so is a file that was taken away."""
    now = 0.0
    (tmp_path / "campaigns").mkdir()
    file = tmp_path / "campaigns" / "a.toml"
    changes = Changes(tmp_path, lambda: now)
    assert not changes.are_there()
    for length in (1, 2, 3):
        file.write_text("x" * length)
        now += 0.9
        assert not changes.are_there()
    now += 1
    assert [changes.are_there() for _ in range(2)] == [True, False]
    file.unlink()
    assert not changes.are_there()
    now += 1
    assert [changes.are_there() for _ in range(2)] == [True, False]
