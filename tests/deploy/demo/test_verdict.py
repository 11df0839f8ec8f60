"""The verdict can fail: each thing that may be wrong is seen."""

from collections import Counter

import pytest

from deploy.demo.expected import Sent, Totals
from deploy.demo.verdict import Places, verdict, with_file

EXPECTED: Totals = {("world", "all"): (5, 2), ("country", "FR"): (3, 1), ("country", "PL"): (2, 1)}
SENT = Sent(offered=2, accepted=2)


def places(**changes: Totals) -> Places:
    return {name: EXPECTED | changes.get(name, {}) for name in ("counted", "shown", "stored")}


def test_agreement_is_of_every_member_and_of_the_file() -> None:
    """With the same letters and reports everywhere and in the file, all agree."""
    result = verdict(SENT, EXPECTED, places())
    assert result["all_agree"]
    assert result["totals_by_country"]["PL"] == {"expected": 2, "counted": 2, "shown": 2, "stored": 2}
    beside = with_file(result, {"FR": 3, "PL": 2}, {}, {})
    assert beside["all_agree"]
    assert beside["totals_by_country"]["PL"]["file"] == 2


@pytest.mark.parametrize("place", ["counted", "shown", "stored"])
@pytest.mark.parametrize(
    "wrong",
    [{("country", "FR"): (3, 2)}, {("country", "FR"): (2, 1), ("country", "PL"): (3, 1)}, {("country", "MX"): (1, 1)}],
    ids=["reports", "moved", "too much"],
)
def test_one_place_that_differs_is_seen(place: str, wrong: Totals) -> None:
    """A member with other reports, letters at another member, and a member too many, each in one place only."""
    result = verdict(SENT, EXPECTED, places(**{place: wrong}))
    assert not result["all_agree"]
    assert result["members_that_differ_by_place"][place] == len(wrong)


@pytest.mark.parametrize("sent", [Sent(), Sent(offered=2, accepted=1, surprises=Counter({"refused": 1}))])
def test_what_was_refused_unexpectedly_is_no_agreement(sent: Sent) -> None:
    """Where nothing was accepted, or something good was refused, equal numbers prove nothing."""
    assert not verdict(sent, EXPECTED, places())["all_agree"]


@pytest.mark.parametrize("file", [{"FR": 2, "PL": 3}, {"FR": 3}, {"FR": 3, "PL": 2, "MX": 1}])
def test_a_file_that_says_otherwise_is_seen(file: dict[str, int]) -> None:
    """Where all places agree with one another but not with the file, that is no agreement."""
    result = with_file(verdict(SENT, EXPECTED, places()), file, {}, {})
    assert not result["all_agree"]
    assert result["trace"]["countries_that_differ"]
