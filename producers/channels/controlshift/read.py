"""ControlShift: `signature.created` by webhook, and every night's file of signatures, which mends and takes back."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ValidationError

from producers.channels.controlshift.bulk import lines_of, rows_of
from producers.channels.lenient import (
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

_SIGNED: Final = "signature.created"


class Signature(BaseModel):
    """What webhook and file say of a signature, under the same id."""

    id: Id
    email: str | None = None
    country: str | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    deleted_at: Moment | None = None


class Petition(BaseModel):
    """What was signed, as the webhook names it."""

    slug: str | None = None
    url: str | None = None


class SignatureOfWebhook(Signature):
    """The webhook's `data`."""

    petition: Petition


class SignatureOfFile(Signature):
    """A row of the file, where a petition is a number."""

    petition_id: Id


class Event(BaseModel):
    """One delivery; the platform sends every kind of event to every address."""

    type: str
    data: SignatureOfWebhook


def read(delivery: Delivery, source: Source) -> list[Reading]:
    """Return the reading of one event, or of a file that is sent as text/csv; never raises."""
    if delivery.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv":
        return read_file(delivery, source)
    said = json_of(delivery.body)
    if isinstance(said, Refused):
        return [said]
    if isinstance(said, dict) and isinstance(said.get("type"), str) and said["type"] != _SIGNED:
        return [Ignored("other_event_type")]
    try:
        signature = Event.model_validate(said).data
    except ValidationError as error:
        data = said.get("data") if isinstance(said, dict) else None
        return [refused_object(error, data.get("id") if isinstance(data, dict) else None)]
    case = first_known((signature.petition.slug, signature.petition.url), source.cases)
    if case is None:
        return [Refused(signature.id, "missing_field", "data.petition.slug", "this field is needed")]
    is_changed = signature.updated_at != signature.created_at
    return [_draft(signature, case, signature.updated_at if is_changed else None)]


def read_file(delivery: Delivery, source: Source) -> list[Reading]:
    """Return a reading for each row of a nightly file; never raises."""
    try:
        readings = list(read_rows(lines_of(delivery.body), source))
    except UnicodeDecodeError:
        return [Refused(None, "unreadable", None, "expected CSV in UTF-8")]
    return readings or [Refused(None, "nothing_to_count", None, "expected at least one row below the header")]


def read_rows(lines: Iterable[str], source: Source) -> Iterator[Reading]:
    """Yield a reading for each row, so that a file of millions need not lie in memory."""
    for number, row in rows_of(lines):
        yield row if isinstance(row, Refused) else read_row(number, row, source)


def read_row(number: int, row: Mapping[str, str], source: Source) -> Reading:
    """Return the reading of a row; a file has every petition of the platform, and most are nobody's case."""
    if row.get("petition_id", "") not in {"", *source.cases}:
        return Ignored("other_petition")
    try:
        signature = SignatureOfFile.model_validate(row)
    except ValidationError as error:
        refused = refused_object(error, row.get("id"))
        return refused._replace(detail=f"{refused.detail}, line {number}")
    return _draft(signature, signature.petition_id, signature.updated_at or signature.created_at)


def _draft(signature: Signature, case: str, changed_at: datetime | None) -> Reading:
    """Return a draft; a row of the file is newer than its webhook, since it alone always knows the country."""
    return draft_of(
        signature.id,
        case=case,
        letters=1,
        withdrawn=signature.deleted_at is not None,
        revision=max(milliseconds_of(changed_at), milliseconds_of(signature.deleted_at)),
        written_at=signature.created_at,
        email=signature.email,
        country=country_of(signature.country),
    )


CHANNEL: Final = Channel("controlshift", "signature", read, names_pages=True)
