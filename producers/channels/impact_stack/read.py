"""Impact Stack (campaignion): a form's submission, and the confirmation that may come before it."""

import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from producers.channels.lenient import Id, Moment, country_of, first_known, json_of, refused_object
from producers.channels.reading import Channel, Confirmed, Delivery, Ignored, Reading, Refused, draft_of
from producers.channels.source import Source

_SUBMITTED: Final = "form_submission"
_CONFIRMED: Final = "form_submission_confirmed"
_VERSION: Final = re.compile(r"[012](\.[0-9]+)*")
_Model = TypeVar("_Model", bound=BaseModel)
_Optional = Annotated[_Model | None, BeforeValidator(lambda said: None if said == [] else said)]
"""PHP writes an empty object as []."""


class Action(BaseModel):
    """The page that the form stands on."""

    id: Id | None = None
    uuid: str | None = None
    needs_confirmation: bool | None = None


class Links(BaseModel):
    """Where the page is found: what names it before version 1.1."""

    action: str | None = None


class Data(BaseModel):
    """What the person wrote; a form's keys are its maker's, so that any of them may hold anything."""

    email: Any = None
    country: Any = None


class Confirmation(BaseModel):
    """What the two events that matter have in common."""

    type: str
    version: Id | None = None
    uuid: Id


class Submission(Confirmation, Data):
    """A form's submission; until 1.x what the person wrote stands beside its metadata too, or only there."""

    date: Moment | None = None
    is_draft: bool | None = None
    action: _Optional[Action] = None
    links: _Optional[Links] = None
    old_links: _Optional[Links] = Field(None, alias="_links")
    data: _Optional[Data] = None


def read(delivery: Delivery, source: Source) -> list[Reading]:
    """Return the reading of one event; never raises."""
    said = json_of(delivery.body)
    if isinstance(said, Refused):
        return [said]
    told = said if isinstance(said, dict) else {}
    if isinstance(told.get("type"), str) and told["type"] not in (_SUBMITTED, _CONFIRMED):
        return [Ignored("other_event_type")]
    try:
        event = (Confirmation if told.get("type") == _CONFIRMED else Submission).model_validate(said)
    except ValidationError as error:
        return [refused_object(error, told.get("uuid"))]
    if event.version and not _VERSION.fullmatch(event.version):
        return [Refused(event.uuid, "unknown_schema", "version", "expected 0.0.0, 1.x or 2.x")]
    return [_reading(event, source) if isinstance(event, Submission) else Confirmed(event.uuid)]


def _reading(submission: Submission, source: Source) -> Reading:
    if submission.is_draft:
        return Ignored("draft")
    action = submission.action or Action()
    pages = [links.action for links in (submission.links, submission.old_links) if links]
    case = first_known((action.uuid, action.id, *pages), source.cases)
    if case is None:
        return Refused(submission.uuid, "missing_field", "action.uuid", "expected the page that it was done on")
    written = [submission.data] if submission.data else []
    if not (submission.version or "").startswith("2"):
        written.append(submission)
    email, country = (_first_text(data, key) for data, key in ((written, "email"), (written, "country")))
    return draft_of(
        submission.uuid,
        case=case,
        letters=1,
        written_at=submission.date,
        email=email,
        country=country_of(country),
        needs_confirmation=bool(action.needs_confirmation),
    )


def _first_text(written: list[Data], key: str) -> str | None:
    texts = (getattr(data, key) for data in written)
    return next((text for text in texts if isinstance(text, str) and text.strip()), None)


CHANNEL: Final = Channel("url-or-basic", "signature", read, names_pages=True)
