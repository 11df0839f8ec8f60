"""What an organiser says of events -> what is registered, or what is wrong with which row. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal, NamedTuple

from pydantic import ValidationError

from producers.known_events import KnownEvents
from schemas.catalogue import Campaign, Catalogue, Event
from schemas.countries import COUNTRIES
from schemas.event import RegisteredEvent
from schemas.report import Slug
from schemas.wire import Refusal, refusal_of

MOST_AT_ONCE: Final = 5000
_EARLIEST: Final = timedelta(days=366)
FIELDS: Final = ("campaign", "event", "name", "place", "country", "date")


class Registration(Event):
    """An event, and the campaign that it is of."""

    campaign: Slug


class Wrong(NamedTuple):
    """What is wrong with a row, counted from 0."""

    row: int
    refusal: Refusal


class Registered(NamedTuple):
    """An event as it stands now, and what that changed."""

    event: RegisteredEvent
    outcome: Literal["registered", "updated", "unchanged"]
    changed: tuple[str, ...] = ()
    """The fields that say something else than before."""


def read_registrations(
    rows: Sequence[object], catalogue: Catalogue, known: KnownEvents
) -> tuple[list[Registration], list[Wrong]]:
    """Return the events, and the first mistake of each row that has one."""
    read: list[Registration] = []
    wrong: list[Wrong] = []
    places: set[tuple[str, str]] = set()
    for number, row in enumerate(rows):
        said = _registration(row, catalogue, known)
        if not isinstance(said, Refusal):
            place = (said.campaign, said.event)
            if place not in places:
                places.add(place)
                read.append(said)
                continue
            said = Refusal("bad_value", "event", "this event stands here twice: leave one out")
        wrong.append(Wrong(number, said))
    return read, wrong


def register(registrations: Sequence[Registration], known: KnownEvents, now_ms: int) -> list[Registered]:
    """Return what each event is from now on; nothing is changed here."""
    return [_registered(one, known.registered(one.campaign, one.event), now_ms) for one in registrations]


def _registered(said: Registration, before: RegisteredEvent | None, now_ms: int) -> Registered:
    event: RegisteredEvent = {
        "campaign": said.campaign,
        "event": said.event,
        "name": said.name,
        "place": said.place,
        "country": said.country,
        "date": said.date.isoformat(),
        "registered_at": now_ms,
    }
    if before is None:
        return Registered(event, "registered")
    changed = tuple(name for name in FIELDS if event[name] != before[name])
    if not changed:
        return Registered(before, "unchanged")
    event["registered_at"] = max(now_ms, before["registered_at"] + 1)
    return Registered(event, "updated", changed)


def _registration(row: object, catalogue: Catalogue, known: KnownEvents) -> Registration | Refusal:
    if not isinstance(row, Mapping):
        return Refusal("unreadable", None, f"expected an object with {', '.join(FIELDS)}")
    try:
        said = Registration.model_validate(_texts(row))
    except ValidationError as error:
        return refusal_of(error)
    campaign = catalogue.campaigns.get(said.campaign)
    if campaign is None:
        return Refusal("unknown_campaign", "campaign", f"expected one of {', '.join(sorted(catalogue.campaigns))}")
    if said.country not in COUNTRIES:
        return Refusal("bad_value", "country", "expected two capital letters of ISO 3166-1, such as FR, or ZZ")
    return _refused_date(said, campaign) or _refused_place(said, known) or said


def _texts(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the row where a number is no date: pydantic would take seconds for one."""
    return {name: value if isinstance(value, str) else None for name, value in row.items()}


def _refused_date(said: Registration, campaign: Campaign) -> Refusal | None:
    earliest, latest = campaign.at(campaign.opens).date() - _EARLIEST, campaign.at(campaign.late_until).date()
    if earliest <= said.date <= latest:
        return None
    return Refusal("bad_value", "date", f"expected a date of the campaign, {earliest} to {latest}, such as 2026-12-10")


def _refused_place(said: Registration, known: KnownEvents) -> Refusal | None:
    in_file = known.of_file(said.campaign, said.event)
    if in_file is None:
        return None
    return Refusal("bad_value", "event", f"{said.event!r} is in the campaign's file, which wins: change it there")
