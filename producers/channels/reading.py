"""What a channel's reader makes of one delivery: drafts of reports, verdicts, refusals, or why it is ignored. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from producers.channels.signatures import Scheme
from producers.channels.source import Source
from schemas.catalogue import Campaign
from schemas.rejection import Reason
from schemas.report import Kind
from schemas.wire import refusal_of

MOST_BYTES: Final = 1 << 20
"""Of a delivery, where its channel sets no other bound."""
Name = Annotated[str, Field(max_length=500)]
Id = Annotated[str, Field(max_length=300, pattern=r"^[^\n]*$")]
"""Part of what an id is made of; a line break stands between the parts."""
IgnoredReason = Literal[
    "test_delivery", "other_event_type", "other_petition", "outreach_not_counted", "draft", "partial"
]


class Delivery(NamedTuple):
    """The raw body that a platform sent; header names are in lower case."""

    body: bytes
    headers: Mapping[str, str]
    received_at: int
    """The collector's clock in epoch milliseconds: the revision of what has no time of its own."""
    knows_all_events: bool = True
    """Whether the source's names of events are all that there are."""
    campaign: Campaign | None = None
    """The source's, for a reader that can tell what breaks its rules by where it stands in the delivery."""


class Draft(BaseModel):
    """One report as its channel says it, before the source's mapping and the catalogue are asked.

    `submission` is the channel's own id, the same on every redelivery; `line` tells apart the reports of one
    submission. `case` is what the channel calls the case: a petition's address, a form's id, a choice's label.
    `email` and `contact` are read to make a pseudonym of, and are in no dump of a draft.
    """

    model_config = ConfigDict(frozen=True)

    submission: Annotated[Id, Field(min_length=1)]
    line: Id = ""
    revision: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    withdrawn: bool = False
    email: Annotated[str | None, Field(exclude=True, repr=False)] = None
    contact: Annotated[str | None, Field(exclude=True, repr=False)] = None
    participant: str | None = None
    campaign: Name | None = None
    case: Name
    event: Name | None = None
    country: Name | None = None
    kind: Kind | None = None
    letters: int
    written_at: datetime | None = None
    needs_confirmation: bool = False


class Confirmed(NamedTuple):
    """The participant has confirmed a submission; may come before it, twice, or for none that we know."""

    submission: str


class Refused(NamedTuple):
    """What can't be a report: reason of the closed list, the field as the platform names it, what was expected."""

    submission: str | None
    """The channel's own id where it could be read."""
    reason: Reason
    field: str | None
    detail: str


class Ignored(NamedTuple):
    """What is no report and no error."""

    reason: IgnoredReason


def draft_of(submission: str, **said: Any) -> Draft | Refused:  # noqa: ANN401 (the fields of a draft)
    """Return the draft, or why what was said can be none: a text too long, a number that is none."""
    try:
        return Draft(submission=submission, **said)
    except ValidationError as error:
        return Refused(submission, *refusal_of(error))


Reading = Draft | Confirmed | Refused | Ignored
Read = Callable[[Delivery, Source], list[Reading]]
"""Never raises, whatever the bytes, but EventsUnreadError; an empty list is never an answer."""


class Channel(NamedTuple):
    """A way in: how a delivery proves where it comes from, what its reports are by default, its reader, its bound."""

    scheme: Scheme
    kind: Kind
    read: Read
    most_bytes: int = MOST_BYTES
    knowing: Callable[[Source, Campaign], Source] | None = None
    """Gives a source what its campaign knows, where a reader needs it; the same on every way in."""
    names_pages: bool = False
    """Whether the case of its drafts is what the platform calls a page of its own, which no participant typed."""
    chooses_ids: bool = False
    """Whether who delivers chooses the ids of its reports, so that one may be a person's address or number."""
    can_mend: bool = False
    """Whether who delivers can mend what it says, so that an unknown country or an impossible day is refused."""
