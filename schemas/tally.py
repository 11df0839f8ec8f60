"""Totals, and the frames that close a set of them."""

from hashlib import blake2b
from typing import Annotated, Final, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from schemas.report import EpochMilliseconds, Slug

Scope = Literal["world", "country", "case", "event", "channel", "kind", "case-country"]
SCOPES: Final[tuple[Scope, ...]] = ("world", "country", "case", "event", "channel", "kind", "case-country")
MINUTE_SCOPES: Final = SCOPES[:3]
"""What is kept by the minute as well."""
WORLD_MEMBER: Final = "all"

Place = tuple[Scope, str]
"""Scope and member."""

Member = Annotated[str, Field(min_length=1, max_length=130, pattern=r"^[^/]+$")]
Natural = Annotated[int, Field(ge=0)]


@with_config(strict=True, extra="ignore")
class Tally(TypedDict):
    """The absolute total of one member in one partition of `letters`, true for its first `version` records."""

    campaign: Slug
    scope: Scope
    member: Member
    partition: Natural
    epoch: Natural
    version: Natural
    letters: int
    reports: int


@with_config(strict=True, extra="ignore")
class Frame(TypedDict):
    """Closes an emission: every total of the partition is now known as of `version`.

    `checksum` is `checksum_of` summed over all totals of the partition modulo 2**64: a reader whose own sum
    differs has missed a record and must not show the partition. `behind` counts records not yet counted;
    `as_of` is when the totals were complete: the emission's clock, or the last counted report's arrival if behind.
    `oldest_received_at` is the arrival of the earliest report that this emission counts first; null where there is
    none, and absent in frames of a release that did not tell it. It is for measuring how long letters take.
    """

    partition: Natural
    epoch: Natural
    version: Natural
    checksum: Natural
    behind: Natural
    as_of: EpochMilliseconds
    is_keyframe: bool
    oldest_received_at: NotRequired[EpochMilliseconds | None]


@with_config(strict=True, extra="ignore")
class MinuteTally(TypedDict):
    """The absolute total of what one member's standing reports brought in one minute of arrival."""

    campaign: Slug
    scope: Scope
    member: Member
    minute: Natural
    """Minutes since 1970-01-01T00:00Z."""
    partition: Natural
    epoch: Natural
    version: Natural
    letters: int
    reports: int


def checksum_of(campaign: str, scope: str, member: str, letters: int, reports: int) -> int:
    """Return 64 bits that stand for one total; a total of nothing stands for 0, as if it had never been."""
    if letters == 0 and reports == 0:
        return 0
    text = f"{campaign}/{scope}/{member}/{letters}/{reports}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")
