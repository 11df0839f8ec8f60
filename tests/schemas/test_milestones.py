from pathlib import Path

import pytest

from schemas.catalogue import Campaign, load_catalogue
from schemas.milestones import Milestone, milestones_of, next_milestone
from schemas.tally import Place

EXAMPLE = Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml"


@pytest.fixture
def campaign() -> Campaign:
    plain = load_catalogue(EXAMPLE).campaigns["w4r-2026"]
    first, *others = plain.cases
    case = first.model_copy(update={"goal": 500, "milestones": (100, 500, 900)})
    said = {"goal": 1000, "milestones": (10, 100), "country_milestones": (50,), "cases": (case, *others)}
    return plain.model_copy(update=said)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (("world", "all"), [(10, False), (100, False), (1000, True)]),
        (("case", "amara"), [(100, False), (500, True), (900, False)]),
        (("case", "ilya"), []),
        (("case", "nobody"), []),
        (("country", "PE"), [(50, False)]),
        (("country", "ZZ"), []),
        (("event", "osaka-cafe"), []),
    ],
)
def test_a_place_has_the_milestones_that_the_campaign_says(
    campaign: Campaign, place: Place, found: list[tuple[int, bool]]
) -> None:
    """A goal stands among the milestones; what names none has none, and letters from nowhere are no country's."""
    assert list(milestones_of(campaign, place)) == found


@pytest.mark.parametrize(("letters", "found"), [(-5, 10), (0, 10), (9, 10), (10, 100), (999, 1000)])
def test_the_next_milestone_is_the_lowest_that_is_not_reached(campaign: Campaign, letters: int, found: int) -> None:
    """As many letters as it says reach a milestone; the next one is above them."""
    assert next_milestone(campaign, ("world", "all"), letters) == Milestone(found, is_goal=found == 1000)


def test_there_is_no_next_milestone_after_the_last(campaign: Campaign) -> None:
    """Where every milestone is reached there is none to show, and where there are none either."""
    assert next_milestone(campaign, ("world", "all"), 1000) is None
    assert next_milestone(campaign, ("case", "ilya"), 0) is None
