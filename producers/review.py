"""What of our own reports counts now, and what a person has to look at first. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from schemas.catalogue import Catalogue
from schemas.held import HeldSubmission, Verdict
from schemas.report import LetterReport


class Parted(NamedTuple):
    """The reports of one submission: each line is judged for itself, so that a typo in one does not stop the others."""

    counted: list[LetterReport]
    waiting: list[LetterReport]
    """Those above the campaign's limit, or all where nobody proved that no program sent them."""


def parted(reports: Sequence[LetterReport], catalogue: Catalogue, *, is_proven: bool = True) -> Parted:
    """Tell what counts now from what waits; all reports are of one campaign of the catalogue."""
    if not is_proven:
        return Parted([], list(reports))
    most = catalogue.campaigns[reports[0]["campaign"]].limits.letters_per_line
    return Parted(
        [report for report in reports if report["letters"] <= most],
        [report for report in reports if report["letters"] > most],
    )


def submission_to_review(held_id: str, waiting: list[LetterReport]) -> HeldSubmission:
    """Return what is held until a review; a correction has a higher revision, and replaces what waited before."""
    received_at = waiting[0]["received_at"]
    return {"submission_id": held_id, "needs": ["review"], "reports": waiting, "held_at": received_at}


def verdict_of_correction(held_id: str, reports: Parted) -> Verdict | None:
    """Return what ends the waiting of all that a correction puts something else in the place of, or nothing.

    It speaks of what is older than the correction, whether that came already or comes later, and of nothing newer. Of
    a correction that has to wait itself there is no need: held under the same id, it replaces what waited before.
    """
    revision = max(report["revision"] for part in reports for report in part)
    if reports.waiting or not revision:
        return None
    return {
        "submission_id": held_id,
        "gives": "review",
        "verdict": "discard",
        "through_revision": revision - 1,
        "given_at": reports.counted[0]["received_at"],
        "because": "corrected",
    }


def accepted(reports: Parted, also: tuple[str, ...]) -> dict[str, Any]:
    """Return what the sender is told: the reports that count and, where there are any, those that wait and why."""
    names = ("report_id", "case", "letters", *also)
    counted, waiting = ([{name: r[name] for name in names} for r in part] for part in reports)  # type: ignore[literal-required]  # names of the model
    why = "more letters than the campaign lets one report count unseen: it counts once a person has looked"
    held = [{**report, "needs": "review", "detail": why} for report in waiting]
    return {"reports": counted, **({"held": held} if held else {})}
