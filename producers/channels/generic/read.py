"""The signed webhook for everybody whom no other channel serves: one report, or an array of them."""

from datetime import datetime
from typing import Annotated, Final

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from producers.channels.reading import Channel, Delivery, Ignored, Reading, Refused, draft_of
from producers.channels.source import Source
from schemas.report import Kind
from schemas.wire import refusal_of

_MOST_REPORTS: Final = 1000
_MOST: Final = 2**53
"""Beyond it a number with a point is not exact."""


def _whole(said: object) -> object:
    """Return a number such as 6.0 as a whole one: some programs know no other."""
    return int(said) if isinstance(said, float) and said.is_integer() and abs(said) <= _MOST else said


class Report(BaseModel):
    """One report as README.md beside this file documents it; other keys are passed over."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(min_length=1, max_length=300, strict=True)]
    campaign: str | None = None
    case: str
    letters: Annotated[int, BeforeValidator(_whole), Field(strict=True)]
    country: str | None = None
    event: str | None = None
    kind: Kind | None = None
    email: str | None = None
    written_at: datetime | None = None
    revision: Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)] = 0
    withdrawn: Annotated[bool, Field(strict=True)] = False
    test: bool = False


def read(delivery: Delivery, _: Source) -> list[Reading]:
    """Return a reading for each report of the delivery; never raises."""
    try:
        said = orjson.loads(delivery.body)
    except orjson.JSONDecodeError:
        return [Refused(None, "unreadable", None, "expected one JSON object, or an array of them, in UTF-8")]
    reports = said if isinstance(said, list) else [said]
    if not 0 < len(reports) <= _MOST_REPORTS:
        return [Refused(None, "unreadable", None, f"expected 1 to {_MOST_REPORTS} reports")]
    return [_reading(report) for report in reports]


def _reading(said: object) -> Reading:
    try:
        report = Report.model_validate(said)
    except ValidationError as error:
        refusal = refusal_of(error)
        named = said.get("id") if isinstance(said, dict) else None
        return Refused(named if isinstance(named, str) else None, *refusal)
    if report.test:
        return Ignored("test_delivery")
    return draft_of(report.id, **report.model_dump(exclude={"id", "test"}))


CHANNEL: Final = Channel("timestamped", "letter", read, chooses_ids=True, can_mend=True)
