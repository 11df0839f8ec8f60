"""Why a report was not counted: a closed list, so that nothing disappears without a name."""

from typing import Annotated, Final, Literal, NotRequired

import orjson
from pydantic import Field, with_config
from typing_extensions import TypedDict

from schemas.report import EpochMilliseconds

Reason = Literal[
    "unreadable",
    "unknown_schema",
    "missing_field",
    "bad_value",
    "unknown_campaign",
    "unknown_case",
    "unknown_event",
    "unknown_source",
    "campaign_not_open",
    "campaign_over",
    "count_out_of_range",
    "nothing_to_count",
    "bad_signature",
    "expired_signature",
    "too_large",
    "too_many_requests",
    "wrong_partition",
    "refused_by_sink",
    "discarded_in_review",
    "corrected_since",
    "honeypot",
]

REMEDIES: Final[dict[Reason, str]] = {
    "unreadable": "Send it in the form that the detail names, whole and unbroken.",
    "unknown_schema": "Send a version that this release reads, or upgrade it.",
    "missing_field": "Add the field.",
    "bad_value": "Correct the field's value.",
    "unknown_campaign": "Use a campaign of the catalogue, or add it there.",
    "unknown_case": "Use a case of the campaign, or add it to the catalogue.",
    "unknown_event": "Use a registered event, or leave the event out.",
    "unknown_source": "Use a configured source, or configure this one.",
    "campaign_not_open": "Send it again once the campaign has opened.",
    "campaign_over": "The deadline for late reports has passed; ask the organisers.",
    "count_out_of_range": "Check the number of letters; ask the organisers if it is right.",
    "nothing_to_count": "Report at least one letter on at least one case.",
    "bad_signature": "Check the secret that signs the delivery.",
    "expired_signature": "Sign it anew and check the sender's clock.",
    "too_large": "Send it in smaller parts.",
    "too_many_requests": "Wait, then send it again.",
    "wrong_partition": "Produce with the Java client's default partitioner (murmur2 of the key).",
    "refused_by_sink": "Read the detail, mend the record, send it again.",
    "discarded_in_review": "A reviewer decided not to count it; ask the organisers.",
    "corrected_since": "Nothing: it waited for a review until its sender corrected it; the correction counts.",
    "honeypot": "A field that people do not see was filled in, as programs do; retry it by name if it was a person.",
}


_MOST_BYTES: Final = 64 << 10
"""As JSON each may become six; a broker takes a million."""


@with_config(strict=True, extra="ignore")
class Rejection(TypedDict):
    """What was refused, why and where it came from; `value` holds what may be kept of it, without personal data.

    A collector's names at least its source; older ones may be null.
    """

    origin: Annotated[str, Field(min_length=1, max_length=300)]
    """`topic/partition/offset` of a record that can't be read, else an id that is the same however often it is refused:
    the collector's delivery id, or `submission.revision.number` of a held report that was discarded.
    """
    reason: Reason
    field: str | None
    detail: str
    value: str | None
    rejected_at: EpochMilliseconds
    retried_at: NotRequired[EpochMilliseconds]
    """When it was sent on after all, since something was mended; where it is missing, it is refused still."""


def text_of(value: bytes | None) -> str | None:
    """Return a refused record's text as far as it fits in a record of its own; the whole lies at its origin."""
    return None if value is None else value[:_MOST_BYTES].decode("utf-8", "replace")


def value_without_draft(source: str) -> str:
    """Return what is kept where nothing that was sent may be, or can be read: whose it was."""
    return orjson.dumps({"source": source}).decode()
