"""A petition's public counter, as the UK Parliament's petitions site publishes it: the newest value of each country.

A counter is cumulative, so a value is a report's newest revision: no differences to compute, and a counter that falls,
freezes or lags behind is no error.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Final

import orjson
import pycountry
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from producers.channels.reading import Channel, Delivery, Reading, Refused, draft_of
from producers.channels.source import Source
from schemas.report import MOST_LETTERS, UNKNOWN_COUNTRY
from schemas.wire import refusal_of

_Count = Annotated[int, Field(ge=0, le=MOST_LETTERS, strict=True)]
COUNTRIES: Final = frozenset(country.alpha_2 for country in pycountry.countries)


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Country(_Said):
    """How many signed in one country."""

    code: str
    signature_count: _Count


class Attributes(_Said):
    """What the petition says of itself; its text, its constituencies and its state are passed over."""

    signature_count: _Count
    signatures_by_country: list[Any]


class Petition(_Said):
    """A petition's number and what it says."""

    id: Annotated[int, Field(ge=1, strict=True)]
    attributes: Attributes


class Document(_Said):
    """The page `/petitions/<id>.json`."""

    data: Petition


def read(delivery: Delivery, _: Source) -> list[Reading]:
    """Return the newest value of each country that the page names; never raises."""
    return newest(delivery.body, delivery.received_at)


def newest(body: bytes, polled_at: int, named_before: Iterable[str] = ()) -> list[Reading]:
    """Return one draft for each country, and one of none for what the total has over them.

    The revision is the moment of polling, in epoch milliseconds: the page's own time of change need not move when a
    country's count does. What a country that an earlier page named, and this one does not, had is taken back.
    """
    try:
        petition = Document.model_validate(orjson.loads(body)).data
    except orjson.JSONDecodeError:
        return [Refused(None, "unreadable", None, "expected the JSON page of a petition, in UTF-8")]
    except ValidationError as error:
        return [Refused(None, *refusal_of(error))]
    counts = Counter({UNKNOWN_COUNTRY: 0})
    refusals: list[Reading] = []
    for number, said in enumerate(petition.attributes.signatures_by_country):
        try:
            country = Country.model_validate(said)
        except ValidationError as error:
            refusals.append(_refused(petition.id, number, error))
            continue
        code = country.code.strip().upper()
        counts[code if code in COUNTRIES else UNKNOWN_COUNTRY] += country.signature_count
    if refusals:
        # What the unreadable ones have would seem to belong to no country, and they themselves to be gone.
        del counts[UNKNOWN_COUNTRY]
        gone = []
    else:
        counts[UNKNOWN_COUNTRY] += max(0, petition.attributes.signature_count - counts.total())
        gone = [country for country in named_before if country not in counts]
    return [
        *(_draft(petition.id, polled_at, country, count) for country, count in counts.items()),
        *(_draft(petition.id, polled_at, country, 0, withdrawn=True) for country in gone),
        *refusals,
    ]


def _draft(petition: int, polled_at: int, country: str, count: int, *, withdrawn: bool = False) -> Reading:
    said = {"case": str(petition), "country": country, "letters": count, "withdrawn": withdrawn}
    return draft_of(str(petition), line=country, revision=polled_at, **said)


def _refused(petition: int, number: int, error: ValidationError) -> Refused:
    reason, field, detail = refusal_of(error)
    path = ".".join(filter(None, ("data.attributes.signatures_by_country", str(number), field)))
    return Refused(str(petition), reason, path, detail)


CHANNEL: Final = Channel("bearer", "signature", read, names_pages=True)
