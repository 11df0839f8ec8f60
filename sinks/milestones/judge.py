"""Proven totals and what was told -> what is to be told. Pure; time is what the totals say of themselves."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from schemas.catalogue import Campaign
from schemas.crossing import Crossing, Mark, crossing_id, state_of
from schemas.milestones import MILESTONE_SCOPES, Milestone, milestones_of
from schemas.tally import WORLD_MEMBER, Place
from sinks.milestones.told import Told

Totals = Mapping[Place, tuple[int, int]]
"""Letters and reports by scope and member."""


class Cut(NamedTuple):
    """At what state of the log the totals stand: the records counted of each partition of an epoch, and when."""

    epoch: int
    versions: tuple[int, ...]
    as_of: int

    def is_before(self, crossing: Crossing) -> bool:
        """Return whether a crossing was told of a state that this one does not hold wholly."""
        if crossing["epoch"] != self.epoch:
            return crossing["epoch"] > self.epoch
        return any(mine < theirs for mine, theirs in zip(self.versions, crossing["versions"], strict=False))


class Judge:
    """Compares totals with milestones: a reached one is told at once, an un-reached one once it has stayed so.

    A sheet or a petition that is sent anew lowers a total and raises it again a moment later. What is told is sent
    out and can't be called back, so a total must have been below in every state shown for `quiet_ms`.
    """

    def __init__(self, campaigns: Mapping[str, Campaign], quiet_ms: int) -> None:
        self._campaigns = campaigns
        self._quiet_ms = quiet_ms
        self._below_since: dict[Mark, int] = {}

    def judge(self, cut: Cut, totals_of: Callable[[str], Totals], told: Told) -> list[Crossing]:
        """Return what is to be told of this state; the same again until it is among what was told."""
        return [
            crossing
            for name, campaign in self._campaigns.items()
            for place, letters in _letters_by_place(campaign, totals_of(name), told)
            for milestone in milestones_of(campaign, place)
            if (crossing := self._crossing(cut, (name, place, letters), milestone, told))
        ]

    def _crossing(self, cut: Cut, total: tuple[str, Place, int], milestone: Milestone, told: Told) -> Crossing | None:
        campaign, (scope, member), letters = total
        mark: Mark = (campaign, scope, member, milestone.letters)  # type: ignore[assignment]  # a scope with milestones
        last = told.last(mark)
        was_reached = last is not None and last["state"] == "reached"
        if was_reached == (letters >= milestone.letters):
            self._below_since.pop(mark, None)
            return None
        if last is not None and cut.is_before(last):
            return None  # another copy has told what this one does not see yet
        if was_reached and cut.as_of - self._below_since.setdefault(mark, cut.as_of) < self._quiet_ms:
            return None
        ordinal = last["ordinal"] + 1 if last else 1
        return {
            "crossing_id": crossing_id(mark, ordinal),
            "campaign": campaign,
            "scope": mark[1],
            "member": member,
            "milestone": milestone.letters,
            "is_goal": milestone.is_goal,
            "state": state_of(ordinal),
            "ordinal": ordinal,
            "letters": letters,
            "as_of": cut.as_of,
            "epoch": cut.epoch,
            "versions": list(cut.versions),
        }


def _letters_by_place(campaign: Campaign, totals: Totals, told: Told) -> Iterator[tuple[Place, int]]:
    """Yield the letters of every place that may have a milestone; of one without letters only where one was told."""
    places: dict[Place, None] = {("world", WORLD_MEMBER): None}
    places |= dict.fromkeys(place for place in totals if place[0] in MILESTONE_SCOPES)
    places |= dict.fromkeys((mark[1], mark[2]) for mark in told.marks if mark[0] == campaign.campaign)
    for place in places:
        yield place, totals.get(place, (0, 0))[0]
