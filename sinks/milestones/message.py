"""A crossing in words and as the webhook's body. Pure."""

from typing import Any

import orjson
import pycountry

from schemas.catalogue import Campaign
from schemas.crossing import Crossing
from sinks.counters.edition import iso_of


def title_of(crossing: Crossing, campaign: Campaign | None) -> str:
    """Return one line that says what was reached, or is no longer."""
    what = f"{crossing['milestone']:,} letters" + (", the goal" if crossing["is_goal"] else "")
    state = "reached" if crossing["state"] == "reached" else "no longer reached after corrections"
    return f"{place_name(crossing, campaign)}: {what}, {state}"


def sentence_of(crossing: Crossing) -> str:
    """Return the total that it was told of, and as of when."""
    return f"{crossing['letters']:,} letters were counted as of {iso_of(crossing['as_of'])}."


def place_name(crossing: Crossing, campaign: Campaign | None) -> str:
    """Return the name of the place as people know it."""
    if crossing["scope"] == "world":
        return campaign.title if campaign else crossing["campaign"]
    if crossing["scope"] == "country":
        country = pycountry.countries.get(alpha_2=crossing["member"])
        return str(country.name) if country else crossing["member"]
    case = next((one for one in campaign.cases if one.case == crossing["member"]), None) if campaign else None
    return case.name if case else crossing["member"]


def facts_of(crossing: Crossing) -> dict[str, Any]:
    """Return what readers are told of a crossing; times are ISO 8601."""
    names = ("campaign", "scope", "member", "milestone", "is_goal", "state", "ordinal", "letters")
    said = {name: crossing[name] for name in names}  # type: ignore[literal-required]  # all are fields
    return {"id": crossing["crossing_id"], **said, "as_of": iso_of(crossing["as_of"]), "epoch": crossing["epoch"]}


def body_of(crossing: Crossing, campaign: Campaign | None) -> bytes:
    """Return the webhook's body: the same at every attempt, so that a receiver may know it by its bytes as well."""
    data = facts_of(crossing) | {"title": title_of(crossing, campaign)}
    said = {"type": f"milestone.{crossing['state']}", "timestamp": iso_of(crossing["as_of"]), "data": data}
    return orjson.dumps(said)
