"""Which totals may be embedded: what the campaign's file says, and nothing by default."""

from collections.abc import Mapping

from schemas.catalogue import Campaign
from schemas.tally import Place, Scope
from sinks.counters.answers import Sources
from sinks.counters.membership import check_campaign, check_place, check_scope
from sinks.counters.problems import Problem, catching_up, unknown


def embeddable(sources: Sources, name: str | None, scope: str, member: str) -> tuple[Campaign, Place]:
    """Return campaign and place; raises Problem where there is none such, and where it may not be embedded."""
    known = sources.catalogue.campaigns
    if not name or name not in known:
        name = _check_named(sources, known, name)
    place = (check_scope(scope), member)
    campaign = known.get(name)
    if campaign is None or not may_embed(campaign, place[0]):
        raise _not_allowed(campaign, place[0])
    try:
        return campaign, check_place(sources.board, sources.catalogue, name, scope, member)
    except Problem:
        if sources.board.is_catching_up:  # a member that only the board knows may still come
            raise catching_up() from None
        raise


def may_embed(campaign: Campaign | None, scope: Scope) -> bool:
    """Return whether other sites may show the totals of a scope."""
    return campaign is not None and scope in campaign.embeds


def _check_named(sources: Sources, known: Mapping[str, Campaign], name: str | None) -> str:
    if name and sources.board.is_catching_up:
        raise unknown("campaign", "one of " + (", ".join(sorted(known)) or "none: there is none yet"))
    return check_campaign(sources.board, sources.catalogue, name)


def _not_allowed(campaign: Campaign | None, scope: Scope) -> Problem:
    allowed = ", ".join(f'"{one}"' for one in (*(campaign.embeds if campaign else ()), scope))
    remedy = f"Let the organisers write embeds = [{allowed}] into the campaign's file and start the counters again."
    return Problem(403, "embeds_off", "The campaign does not let other sites show this scope.", remedy, "scope")
