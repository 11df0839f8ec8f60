"""Submissions that wait for a confirmation or a review, and the verdicts on them; both lie on the topic `held`."""

from typing import Annotated, Final, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict, TypeIs

from schemas.report import EpochMilliseconds, LetterReport, Uuid

Need = Literal["confirmation", "review"]
"""What must be given before the reports count: the participant's confirmation, a person's look at the numbers."""
MOST_REPORTS: Final = 1000
EVERY_REVISION: Final = (1 << 64) - 1
"""In a table, what null is in a verdict: higher than any revision."""


@with_config(strict=True, extra="ignore")
class HeldSubmission(TypedDict):
    """Reports of one submission that do not count yet, all of the same revision.

    Held again with a higher revision, the reports replace the earlier ones; the same or a lower one changes nothing.
    """

    submission_id: Uuid
    needs: Annotated[list[Need], Field(min_length=1, max_length=2)]
    reports: Annotated[list[LetterReport], Field(min_length=1, max_length=MOST_REPORTS)]
    held_at: EpochMilliseconds


@with_config(strict=True, extra="ignore")
class Verdict(TypedDict):
    """What was decided of a submission; may come before it, and again.

    `through_revision` is the highest revision that it speaks of: what a reviewer saw. Null speaks of all, as the
    confirmation of an address does.
    """

    submission_id: Uuid
    gives: Need
    verdict: Literal["release", "discard"]
    through_revision: Annotated[int, Field(ge=0, le=2**63 - 1)] | None
    given_at: EpochMilliseconds
    because: NotRequired[Literal["corrected"]]
    """Of a discard that nobody decided: a newer revision, which need not wait, has made what waits moot."""


def is_verdict(said: HeldSubmission | Verdict) -> TypeIs[Verdict]:
    """Tell a verdict from a submission."""
    return "verdict" in said


def revision_of(submission: HeldSubmission) -> int:
    """Return the revision that all of its reports have."""
    return submission["reports"][0]["revision"]
