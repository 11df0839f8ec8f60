"""Which milestones a campaign has for the world, its cases and every country. Pure."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.catalogue import Campaign
from schemas.report import UNKNOWN_COUNTRY
from schemas.tally import Place, Scope

MILESTONE_SCOPES: Final[tuple[Scope, ...]] = ("world", "case", "country")
"""What can have milestones."""


class Milestone(NamedTuple):
    """A number of letters to reach."""

    letters: int
    is_goal: bool


def milestones_of(campaign: Campaign, place: Place) -> tuple[Milestone, ...]:
    """Return the milestones of a place, the lowest first; none where it has none."""
    scope, member = place
    if scope == "world":
        return _ordered(campaign.milestones, campaign.goal)
    if scope == "country":
        # Letters from nobody knows where are no country's.
        return _ordered(campaign.country_milestones if member != UNKNOWN_COUNTRY else (), None)
    case = next((case for case in campaign.cases if scope == "case" and case.case == member), None)
    return _ordered(case.milestones, case.goal) if case else ()


def next_milestone(campaign: Campaign, place: Place, letters: int) -> Milestone | None:
    """Return the lowest milestone of a place that so many letters do not reach; None where they reach all."""
    return next((milestone for milestone in milestones_of(campaign, place) if milestone.letters > letters), None)


def _ordered(milestones: Iterable[int], goal: int | None) -> tuple[Milestone, ...]:
    wanted = {*milestones} if goal is None else {*milestones, goal}
    return tuple(Milestone(letters, letters == goal) for letters in sorted(wanted))
