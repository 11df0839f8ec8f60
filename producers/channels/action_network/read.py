"""Action Network: an array of what people did on petitions, forms and letter pages, sent about five minutes later."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError

from producers.channels.lenient import (
    MOST_ELEMENTS,
    Id,
    Moment,
    country_of,
    first_known,
    json_of,
    milliseconds_of,
    refused_object,
)
from producers.channels.reading import Channel, Delivery, Ignored, Reading, Refused, draft_of
from producers.channels.source import Source

_OUTREACH: Final = "osdi:outreach"
_COUNTED: Final = ("osdi:signature", "osdi:submission", _OUTREACH)
_OF_THE_PLATFORM: Final = ("osdi:", "action_network:")
_SPONSOR: Final = "action_network:sponsor"
_IDENTIFIER: Final = "action_network:"
# What "Send Test" sends are the documentation's own examples.
_EXAMPLE_KEY: Final = "1679091c5a880faf6fb5e6087eb1b2dc"
_EXAMPLE_PETITION: Final = "9f837109-710d-442f-8a99-857a21f36d25"
_EXAMPLE_GROUP: Final = "Progressive Action Now"


class Link(BaseModel):
    """Where something is found on the platform."""

    href: str = ""


class Links(BaseModel):
    """Which page it was done on."""

    itself: Link | None = Field(None, alias="self")
    petition: Link | None = Field(None, alias="osdi:petition")
    form: Link | None = Field(None, alias="osdi:form")
    letter_page: Link | None = Field(None, alias="osdi:advocacy_campaign")


class EmailAddress(BaseModel):
    """One of a person's addresses."""

    address: str | None = None
    primary: bool | None = None


class PostalAddress(BaseModel):
    """Where a person lives: no more than the country is read."""

    country: str | None = None
    primary: bool | None = None


class Person(BaseModel):
    """Who did it."""

    email_addresses: list[EmailAddress] | None = None
    postal_addresses: list[PostalAddress] | None = None


_Address = TypeVar("_Address", EmailAddress, PostalAddress)


class Deed(BaseModel):
    """A signature, a form's submission, or an outreach: a letter to one of its targets."""

    identifiers: list[Id] | None = None
    created_date: Moment | None = None
    modified_date: Moment | None = None
    person: Person | None = None
    links: Links = Field(alias="_links")


class Sponsor(BaseModel):
    """The group that the page belongs to."""

    title: str | None = None


class Element(BaseModel):
    """One hash of the array: one of the typed keys, and what goes with it."""

    signature: Deed | None = Field(None, alias="osdi:signature")
    submission: Deed | None = Field(None, alias="osdi:submission")
    outreach: Deed | None = Field(None, alias="osdi:outreach")
    sponsor: Sponsor | None = Field(None, alias="action_network:sponsor")
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None


def read(delivery: Delivery, source: Source) -> list[Reading]:
    """Return a reading for each element of the array; never raises."""
    said = json_of(delivery.body)
    if isinstance(said, Refused):
        return [said]
    elements = said if isinstance(said, list) else [said]
    if not elements:
        return [Refused(None, "unreadable", None, "expected an array of at least one hash")]
    if len(elements) > MOST_ELEMENTS:
        return [Refused(None, "too_large", None, f"expected at most {MOST_ELEMENTS} hashes")]
    return [_reading(element, index, source) for index, element in enumerate(elements)]


def _reading(said: object, index: int, source: Source) -> Reading:
    keys = list(said) if isinstance(said, dict) else []
    is_typed = any(key.startswith(_OF_THE_PLATFORM) and key != _SPONSOR for key in keys)
    if is_typed and not set(keys) & set(_COUNTED):
        return Ignored("other_event_type")
    try:
        element = Element.model_validate(said)
    except ValidationError as error:
        key = said.get("idempotency_key") if isinstance(said, dict) else None
        return refused_object(error, f"{key}/{index}" if isinstance(key, str) else None)
    deeds = zip(_COUNTED, (element.signature, element.submission, element.outreach), strict=True)
    for key, deed in deeds:
        if deed and _is_test(element, deed):
            return Ignored("test_delivery")
        if deed and deed is element.outreach and not source.counts_outreach:
            return Ignored("outreach_not_counted")
        if deed:
            own = next((name for name in deed.identifiers or () if name.startswith(_IDENTIFIER)), None)
            with_place = f"{element.idempotency_key}/{index}" if element.idempotency_key else None
            return _draft(own or with_place, key, deed, source)
    return Refused(None, "missing_field", _COUNTED[0], "expected a key that says what was done")


def _is_test(element: Element, deed: Deed) -> bool:
    is_example = any(_EXAMPLE_PETITION in href for href in _hrefs(deed))
    is_of_example = element.sponsor is not None and element.sponsor.title == _EXAMPLE_GROUP
    return is_example or is_of_example or element.idempotency_key == _EXAMPLE_KEY


def _draft(submission: str | None, key: str, deed: Deed, source: Source) -> Reading:
    if submission is None:
        return Refused(None, "missing_field", f"{key}.identifiers", "expected the platform's own identifier")
    case = first_known(_hrefs(deed), source.cases)
    if case is None:
        return Refused(submission, "missing_field", f"{key}._links.osdi:petition.href", "expected where it was done")
    person = deed.person or Person()
    email = _primary(person.email_addresses or ())
    home = _primary(person.postal_addresses or ())
    is_changed = deed.modified_date and deed.modified_date != deed.created_date
    return draft_of(
        submission,
        case=case,
        letters=1,
        kind=(source.kind or "letter") if key == _OUTREACH else None,
        revision=milliseconds_of(deed.modified_date) if is_changed else 0,
        written_at=deed.created_date,
        email=email and email.address,
        country=country_of(home and home.country),
    )


def _hrefs(deed: Deed) -> tuple[str, ...]:
    """Return where it was done; where no link says so, the page that the deed's own address lies under."""
    links = deed.links
    pages = (links.petition, links.form, links.letter_page)
    own = links.itself.href if links.itself else ""
    return (*(page.href for page in pages if page), "/".join(own.split("/")[:-2]))


def _primary(addresses: Sequence[_Address]) -> _Address | None:
    return next((address for address in addresses if address.primary), addresses[0] if addresses else None)


CHANNEL: Final = Channel("url", "signature", read, names_pages=True)
