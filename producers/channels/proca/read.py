"""Proca: an action as its server delivers it to an organisation (`proca:action:2`)."""

from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from producers.channels.answers import Answer
from producers.channels.lenient import Id, Moment, first_known, json_of, refused_object
from producers.channels.questions import Filled, drafts_of
from producers.channels.reading import Channel, Delivery, Ignored, Reading, Refused
from producers.channels.source import Source

_SCHEMA: Final = "proca:action:2"
_EVENT: Final = "proca:event:"
_DELIVERED: Final = "deliver"
_SHARED: Final = "share"


class Campaign(BaseModel):
    """The campaign that the page belongs to."""

    name: str | None = None


class Action(BaseModel):
    """What was done; its documentation says `fields` where its code says `customFields`."""

    action_type: str | None = Field(default=None, alias="actionType")
    custom_fields: dict[str, Any] | None = Field(default=None, alias="customFields")
    fields: dict[str, Any] | None = None
    created_at: Moment | None = Field(default=None, alias="createdAt")
    testing: bool | None = None


class Contact(BaseModel):
    """Who did it, by the platform's own pseudonym; `area` is the country."""

    contact_ref: str | None = Field(default=None, alias="contactRef")
    area: str | None = None


class Message(BaseModel):
    """One delivery."""

    kind: str = Field(alias="schema")
    stage: str
    action_id: Id = Field(alias="actionId")
    org_id: Id = Field(alias="orgId")
    action_page_id: Id | None = Field(default=None, alias="actionPageId")
    campaign_id: Id | None = Field(default=None, alias="campaignId")
    campaign: Campaign | None = None
    action: Action
    contact: Contact | None = None


def read(delivery: Delivery, source: Source) -> list[Reading]:
    """Return the reading of one message, several where the source counts by custom fields; never raises."""
    said = json_of(delivery.body)
    if isinstance(said, Refused):
        return [said]
    told = said if isinstance(said, dict) else {}
    kind, stage = told.get("schema"), told.get("stage")
    if isinstance(kind, str) and kind != _SCHEMA:
        if kind.startswith(_EVENT):
            return [Ignored("other_event_type")]
        return [Refused(None, "unknown_schema", "schema", f"expected {_SCHEMA}")]
    if isinstance(stage, str) and stage != _DELIVERED:
        return [Ignored("other_event_type")]
    try:
        message = Message.model_validate(said)
    except ValidationError as error:
        return [refused_object(error)]
    return _readings(message, source)


def _readings(message: Message, source: Source) -> list[Reading]:
    action, contact = message.action, message.contact or Contact()
    if action.testing:
        return [Ignored("test_delivery")]
    if (action.action_type or "").partition("_")[0] == _SHARED:
        return [Ignored("other_event_type")]
    submission = f"{message.org_id}/{message.action_id}"
    name = message.campaign.name if message.campaign else None
    case = first_known((name, message.action_page_id, message.campaign_id), source.cases)
    if case is None:
        return [Refused(submission, "missing_field", "campaign.name", "this field is needed")]
    filled = Filled(
        submission,
        case,
        written_at=action.created_at,
        country=contact.area,
        contact=contact.contact_ref,
        counts_as_one=True,
    )
    told = {**(action.fields or {}), **(action.custom_fields or {})}
    readings = drafts_of(filled, {field: _answer(value) for field, value in told.items()}, source)
    return [_with_path(reading) if isinstance(reading, Refused) else reading for reading in readings]


def _with_path(refused: Refused) -> Refused:
    return refused._replace(field=f"action.customFields.{refused.field}") if refused.field else refused


def _answer(said: object) -> Answer:
    """Return a custom field: a text, a number, or a list of either."""
    if isinstance(said, list):
        return Answer(tuple((item,) for item in said if item not in (None, "")), takes_several=True)
    return Answer(() if said is None or said == "" else ((said,),))


CHANNEL: Final = Channel("authorization", "signature", read, names_pages=True)
