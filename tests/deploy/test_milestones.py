"""Milestones through the whole of `tally up`: told once, also over a broker that forgets everything."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from deploy.milestones import standing
from schemas.catalogue import load_catalogue
from schemas.crossing import crossing_id
from schemas.migrations import connect
from sinks.milestones.told import Told
from tests.sinks.milestones.conftest import SECRET, Receiver
from tests.stacks import BODY, Up, wait_for

CAMPAIGN = {"campaign": "w4r-2026"}
CASE, COUNTRY, WORLD = ("case", "amara"), ("country", "FR"), ("world", "all")


@pytest.fixture
def marked(data: Path) -> Path:
    """Give the example campaign milestones."""
    file = data / "campaigns" / "campaign.toml"
    text = file.read_text().replace("goal = 5000000\n", "goal = 20\nmilestones = [10]\ncountry_milestones = [5]\n")
    file.write_text(text.replace('case = "amara"\n', 'case = "amara"\nmilestones = [10]\n'))
    return data


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.mark.timeout(600)
def test_milestones_are_told_once_from_a_report_to_the_receiver(
    marked: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reported, corrected and reported again, with the broker killed in between: the receiver hears each once."""
    settings = {
        "TALLY_MILESTONES_URL": receiver.url,
        "TALLY_MILESTONES_SECRET": SECRET,
        "TALLY_MILESTONES_QUIET_SECONDS": "1",
        "TALLY_KEYFRAME_INTERVAL_SECONDS": "1",
        "TALLY_CAMPAIGNS": str(marked / "campaigns"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    up = Up(marked)
    be_told_and_taken_back(up, receiver)
    be_told_again_after_a_kill(up, receiver)
    assert up.stop() == 0, up.said()
    assert len(receiver.taken) == 8
    again = Up(marked)
    wait_for(lambda: again.world() == 20, 60)
    wait_for(lambda: len(fed_by(again)) == 8, 60)
    assert again.stop() == 0
    assert len(receiver.taken) == 8


def be_told_and_taken_back(up: Up, receiver: Receiver) -> None:
    """Report, and correct to less; ClickHouse and `tally milestones list` have what the receiver heard."""
    assert [up.post(key) for key in ("one", "two")] == [202, 202]
    wait_for(lambda: len(receiver.told) == 3, 60)
    assert sorted(receiver.told) == [(*CASE, 10, "reached"), (*COUNTRY, 5, "reached"), (*WORLD, 10, "reached")]
    assert corrected(up, "one", 1) == 202
    wait_for(lambda: len(receiver.told) == 5, 60)
    assert sorted(receiver.told[3:]) == [(*CASE, 10, "unreached"), (*WORLD, 10, "unreached")]
    wait_for(lambda: stored(up) == 5, 60)
    lines = up.printed("milestones", "list").splitlines()
    assert [line for line in lines if "case amara" in line and "un-reached" in line and "delivered" in line]


def be_told_again_after_a_kill(up: Up, receiver: Receiver) -> None:
    """Kill the broker and report more; list and feed have what the receiver heard."""
    up.part("broker").kill()
    wait_for(lambda: up.post("three", BODY | {"lines": [{"case": "amara", "letters": 14}]}) == 202, 60)
    wait_for(lambda: len(receiver.told) == 8, 120)
    assert sorted(receiver.told[5:]) == [(*CASE, 10, "reached"), (*WORLD, 10, "reached"), (*WORLD, 20, "reached")]
    wait_for(lambda: stored(up) == 8, 60)
    listed = json.loads(up.printed("milestones", "list", "--campaign", "w4r-2026", "--json"))
    assert [(one["scope"], one["milestone"], one["state"], one["missing"]) for one in listed["milestones"]] == [
        ("world", 10, "reached", 0),
        ("world", 20, "reached", 0),
        ("case", 10, "reached", 0),
        ("country", 5, "reached", 0),
    ]
    fed = httpx.get(f"{up.addresses['counters']}/v1/milestones.json", params=CAMPAIGN, trust_env=False).json()
    assert len(fed["items"]) == 8


def corrected(up: Up, key: str, letters: int) -> int:
    body = BODY | {"lines": [{"case": "amara", "letters": letters}]}
    url = f"{up.addresses['collector']}/v1/reports"
    return up.web.put(url, json=body, headers={"Idempotency-Key": key}).status_code


def stored(up: Up) -> int:
    """Return how many crossings ClickHouse has, with their deliveries."""
    with closing(connect(up.clickhouse)) as client:
        query = "SELECT count() FROM milestones FINAL JOIN milestone_deliveries FINAL USING crossing_id"
        return int(client.query(query).result_rows[0][0])


def fed_by(up: Up) -> list[object]:
    url = f"{up.addresses['counters']}/v1/milestones"
    answer = httpx.get(url, params=CAMPAIGN, trust_env=False)
    return answer.json()["crossings"] if answer.is_success else []


def test_a_milestone_stands_as_it_was_told(marked: Path) -> None:
    """Reached, un-reached, not yet, and there but not told yet are told apart, with what is missing."""
    campaign = load_catalogue(marked / "campaigns").campaigns["w4r-2026"]
    told = Told()
    for ordinal in (1, 2):
        told.put(
            {
                "crossing_id": crossing_id(("w4r-2026", "world", "all", 10), ordinal),
                "campaign": "w4r-2026",
                "scope": "world",
                "member": "all",
                "milestone": 10,
                "is_goal": False,
                "state": "reached" if ordinal == 1 else "unreached",
                "ordinal": ordinal,
                "letters": 10,
                "as_of": 1_796_860_800_000,
                "epoch": 1,
                "versions": [1],
            }
        )
    totals = {("w4r-2026", "world", "all"): 8, ("w4r-2026", "case", "amara"): 12, ("w4r-2026", "country", "PE"): 3}
    found = [(one.scope, one.milestone, one.state, one.missing) for one in standing(campaign, totals, told)]
    assert found == [
        ("world", 10, "unreached", 2),
        ("world", 20, "open", 12),
        ("case", 10, "reached_untold", 0),
        ("country", 5, "open", 2),
    ]
