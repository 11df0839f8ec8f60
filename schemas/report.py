"""A letter report: how many letters one person, group or platform reports on one case."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field, with_config
from typing_extensions import TypedDict

Kind = Literal["letter", "email", "card", "signature", "post", "solidarity"]
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
Slug = Annotated[str, Field(pattern=f"^{SLUG.pattern}$")]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
EpochMilliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]

NO_EVENT: Final = "none"
UNKNOWN_COUNTRY: Final = "ZZ"
MOST_LETTERS: Final = 1_000_000_000
"""A petition's cumulative counter is one report, so the bound is that of a planet's petition, not of a person."""


@with_config(strict=True, extra="ignore")
class LetterReport(TypedDict):
    """One report on one case, as it lies on the topic `letters`; a plain dict, because a million are read in a row."""

    report_id: Uuid
    revision: Annotated[int, Field(ge=0, le=2**63 - 1)]
    withdrawn: bool
    participant: Uuid | None
    campaign: Slug
    case: Slug
    event: Slug | None
    country: Country
    channel: Slug
    source: Slug
    kind: Kind
    letters: Annotated[int, Field(ge=0, le=MOST_LETTERS)]
    written_at: EpochMilliseconds | None
    received_at: EpochMilliseconds
