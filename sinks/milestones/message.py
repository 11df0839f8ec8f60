"""A crossing in words and as the webhook's body. Pure."""

import orjson
import pycountry
from typing_extensions import TypedDict

from schemas.catalogue import Campaign
from schemas.crossing import Crossing, MilestoneScope, State
from sinks.counters.edition import iso_of


class Facts(TypedDict):
    """What readers are told of a crossing; `as_of` is ISO 8601, `letters` the total of then."""

    id: str
    campaign: str
    scope: MilestoneScope
    member: str
    milestone: int
    is_goal: bool
    state: State
    ordinal: int
    letters: int
    as_of: str
    epoch: int
    title: str


def title_of(crossing: Crossing, campaign: Campaign | None) -> str:
    """Return one line that says what was reached, or is no longer."""
    what = f"{crossing['milestone']:,} letters" + (", the goal" if crossing["is_goal"] else "")
    state = "reached" if crossing["state"] == "reached" else "no longer reached after corrections"
    return f"{place_name(crossing, campaign)}: {what}, {state}"


def sentence_of(crossing: Crossing) -> str:
    """Return the total that it was told of, and as of when."""
    return f"{max(0, crossing['letters']):,} letters were counted as of {iso_of(crossing['as_of'])}."


def place_name(crossing: Crossing, campaign: Campaign | None) -> str:
    """Return the name of the place as people know it."""
    if crossing["scope"] == "world":
        return campaign.title if campaign else crossing["campaign"]
    if crossing["scope"] == "country":
        country = pycountry.countries.get(alpha_2=crossing["member"])
        return str(country.name) if country else crossing["member"]
    case = next((one for one in campaign.cases if one.case == crossing["member"]), None) if campaign else None
    return case.name if case else crossing["member"]


def facts_of(crossing: Crossing, campaign: Campaign | None) -> Facts:
    """Return what readers are told."""
    return {
        "id": crossing["crossing_id"],
        "campaign": crossing["campaign"],
        "scope": crossing["scope"],
        "member": crossing["member"],
        "milestone": crossing["milestone"],
        "is_goal": crossing["is_goal"],
        "state": crossing["state"],
        "ordinal": crossing["ordinal"],
        "letters": crossing["letters"],
        "as_of": iso_of(crossing["as_of"]),
        "epoch": crossing["epoch"],
        "title": title_of(crossing, campaign),
    }


def body_of(crossing: Crossing, campaign: Campaign | None) -> bytes:
    """Return the webhook's body: the same at every attempt, so that a receiver may know it by its bytes as well."""
    data = facts_of(crossing, campaign)
    return orjson.dumps({"type": f"milestone.{data['state']}", "timestamp": data["as_of"], "data": data})
