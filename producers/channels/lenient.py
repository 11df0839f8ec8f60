"""What platforms write, read without being strict about how: JSON, ids, times with and without an offset. Pure."""

import re
from collections.abc import Container, Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import orjson
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from producers.channels import reading
from producers.channels.reading import Refused
from schemas.wire import refusal_of

MOST_ELEMENTS: Final = 5000
"""The most that one delivery may hold; no platform sends so many, and each costs an answer."""
_LONGEST_ID: Final = 300
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, 12, tzinfo=UTC)
_NO_MOMENT: Final = PydanticCustomError("moment", "expected a date and time as in ISO 8601")
_NAMED_UTC: Final = re.compile(r"\s*(UTC|GMT)$", re.IGNORECASE)
_SPACED_OFFSET: Final = re.compile(r"\s+([+-][0-9:]{2,6})$")


def _id(said: object) -> object:
    """Return an id as text: one platform writes 123 in its webhook and "123" in its file."""
    return str(said) if isinstance(said, int) and not isinstance(said, bool) else said


def _moment(said: object) -> datetime:
    if not isinstance(said, str | datetime):
        raise _NO_MOMENT
    try:
        moment = datetime.fromisoformat(_SPACED_OFFSET.sub(r"\1", _NAMED_UTC.sub("Z", str(said).strip())))
    except ValueError:
        raise _NO_MOMENT from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _EPOCH <= moment <= _LAST:
        raise PydanticCustomError("moment", "expected a time from 1970 to 9999")
    return moment


Id = Annotated[reading.Id, BeforeValidator(_id), Field(min_length=1)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""With an offset always; where none is said, it is UTC."""


def json_of(body: bytes) -> object | Refused:
    """Return what a JSON body says; never raises."""
    try:
        said: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Refused(None, "unreadable", None, "expected JSON in UTF-8")
    return said


def refused_object(error: ValidationError, submission: object = None) -> Refused:
    """Return why an object is refused, under the platform's id of it where that can be read."""
    known_by = _id(submission)
    is_id = isinstance(known_by, str) and 0 < len(known_by) <= _LONGEST_ID
    refused = Refused(str(known_by) if is_id else None, *refusal_of(error))
    is_object = error.errors(include_url=False, include_input=False)[0]["type"] != "model_type"
    return refused if is_object else refused._replace(detail="expected a JSON object")


def milliseconds_of(moment: datetime | None) -> int:
    """Return a time in epoch milliseconds, 0 for none: a revision."""
    return (moment - _EPOCH) // timedelta(milliseconds=1) if moment else 0


def country_of(said: object) -> str | None:
    """Return a country as it is said, a code of two letters in upper case, or None where none is said."""
    text = said.strip() if isinstance(said, str) else ""
    return (text.upper() if len(text) == 2 else text) or None  # noqa: PLR2004 (ISO 3166-1 alpha-2)


def first_known(names: Iterable[str | None], known: Container[str]) -> str | None:
    """Return the first of a case's names on the platform that the source knows, else the first there is."""
    said = [name for name in names if name]
    return next((name for name in said if name in known), said[0] if said else None)
