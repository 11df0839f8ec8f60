"""Which campaigns, scopes and members there are: those of the catalogue, and those that the board has seen. Pure.

A member that exists but that nobody has written for yet has zero letters, which is an answer; a member that does
not exist is a typing error, and to say zero of it would mislead. Countries exist by ISO 3166-1; an event or a
case by the catalogue; a channel once it has brought a letter.
"""

from typing import Final, get_args

from schemas.catalogue import Campaign, Catalogue
from schemas.countries import COUNTRIES
from schemas.report import NO_EVENT, Kind
from schemas.tally import SCOPES, WORLD_MEMBER, Place, Scope
from sinks.counters.board import Board
from sinks.counters.problems import Problem, missing, unknown

_KINDS: Final = frozenset(get_args(Kind))


def known_campaigns(board: Board, catalogue: Catalogue) -> list[str]:
    """Return the catalogue's campaigns and those that have totals, sorted."""
    return sorted({*catalogue.campaigns, *board.campaigns})


def is_campaign(board: Board, catalogue: Catalogue, campaign: str) -> bool:
    """Return whether the catalogue or the board knows it."""
    return campaign in catalogue.campaigns or campaign in board.campaigns


def check_campaign(board: Board, catalogue: Catalogue, campaign: str | None) -> str:
    """Return the campaign; raises Problem where it is left out or unknown."""
    if not campaign:
        raise missing("campaign", "Add ?campaign= with the id of a campaign.")
    if not is_campaign(board, catalogue, campaign):
        raise _unknown_campaign(board, catalogue)
    return campaign


def check_scope(scope: str) -> Scope:
    """Return the scope; raises Problem where it is none."""
    found = next((known for known in SCOPES if known == scope), None)
    if found is None:
        raise unknown("scope", "one of " + ", ".join(SCOPES))
    return found


def check_place(board: Board, catalogue: Catalogue, campaign: str, scope: str, member: str) -> Place:
    """Return scope and member; raises Problem where the scope is none or the member does not exist."""
    place = (check_scope(scope), member)
    if place not in board.totals(campaign) and not _exists(catalogue.campaigns.get(campaign), *place):
        raise unknown("member", f"a {scope} of the campaign, as /v1/tallies lists them")
    return place


def _exists(campaign: Campaign | None, scope: Scope, member: str) -> bool:
    cases = [case.case for case in campaign.cases] if campaign else []
    if scope == "case-country":
        case, _, country = member.partition(":")
        return case in cases and country in COUNTRIES
    if scope == "event":
        return member == NO_EVENT or (campaign is not None and member in _ids_of_events(campaign))
    return {
        "world": member == WORLD_MEMBER,
        "country": member in COUNTRIES,
        "kind": member in _KINDS,
        "case": member in cases,
        "channel": False,
    }[scope]


def _ids_of_events(campaign: Campaign) -> set[str]:
    return {event.event for event in campaign.events}


def _unknown_campaign(board: Board, catalogue: Catalogue) -> Problem:
    return unknown("campaign", "one of " + (", ".join(known_campaigns(board, catalogue)) or "none: there is none yet"))
