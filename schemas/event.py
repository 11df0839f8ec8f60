"""A letter-writing event that an organiser has registered, as it lies on the topic `events`."""

from typing import Annotated, Final

from pydantic import Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from schemas.report import Country, EpochMilliseconds, Slug
from schemas.wire import encode

Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\r\n]+$")]
Day = Annotated[str, Field(pattern=r"^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]


@with_config(strict=True, extra="ignore")
class RegisteredEvent(TypedDict):
    """An event; of those with one campaign and slug the one that was registered last stands, wherever it lies.

    `registered_at` is the later of the collector's clock and one more than that of what it replaces, so that two
    collectors' clocks can't lose a change.
    """

    campaign: Slug
    event: Slug
    name: Line
    place: Line
    country: Country
    date: Day
    registered_at: EpochMilliseconds


_read: Final = TypeAdapter(RegisteredEvent).validator.validate_json


def event_key(event: RegisteredEvent) -> bytes:
    """Return the key under which a later registration replaces this one."""
    return f"{event['campaign']}/{event['event']}".encode()


def age_of(event: RegisteredEvent) -> tuple[int, bytes]:
    """Return what orders registrations; two of one millisecond that differ are the same everywhere, whoever is last."""
    return event["registered_at"], encode(event)


def decode_event(value: bytes) -> RegisteredEvent:
    """Return what a record of `events` carries; raises ValidationError on anything else."""
    event: RegisteredEvent = _read(value)
    return event
