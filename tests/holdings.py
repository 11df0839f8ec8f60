"""Histories of held submissions with their verdicts, and what they come to when judged slowly and plainly."""

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

from schemas.held import HeldSubmission, Need, Verdict
from schemas.report import LetterReport
from streams.holding import Outcome
from tests.histories import report_of

Said = HeldSubmission | Verdict
Decided = tuple[str, int, Outcome]
"""Submission, revision, outcome."""


def submission_of(
    number: int, revision: int = 0, needs: Sequence[Need] = ("review",), lines: int = 2
) -> HeldSubmission:
    """Return a submission whose reports nobody else has."""
    reports = [
        report_of(1_000 * (number + 1) + line, revision, 1 + line + revision, number + line, withdrawn=False)
        for line in range(lines)
    ]
    return {
        "submission_id": str(UUID(int=number)),
        "needs": list(needs),
        "reports": reports,
        "held_at": 1_796_000_000_000 + number,
    }


def verdict_of(
    number: int, gives: Need, verdict: Outcome = "release", through: int | None = None, given_at: int = 1
) -> Verdict:
    return {
        "submission_id": str(UUID(int=number)),
        "gives": gives,
        "verdict": verdict,
        "through_revision": through,
        "given_at": given_at,
    }


def confirmation_of(number: int, given_at: int = 1) -> Verdict:
    return verdict_of(number, "confirmation", given_at=given_at)


def random_holding(random: Random, size: int, ids: int) -> list[Said]:
    """Return submissions, corrections of them and verdicts in any order; a revision of one always says the same."""
    said: list[Said] = []
    for _ in range(size):
        number = random.randrange(ids)
        if random.random() < 0.5:
            revision = random.choice((0, 0, 1, 2))
            needs: list[Need] = Random(number * 10 + revision).choice(
                (["review"], ["confirmation"], ["review", "confirmation"])
            )
            said.append(submission_of(number, revision, needs))
        else:
            gives = random.choice(("review", "confirmation"))
            outcome = random.choice(("release", "release", "discard"))
            through = random.choice((None, 0, 1, 2))
            said.append(verdict_of(number, gives, outcome, through, given_at=random.randrange(3)))
    return said


def judged(log: Sequence[Said]) -> tuple[dict[tuple[str, int], tuple[Outcome, int]], dict[str, list[Need]]]:
    """Judge anew after every record: the first outcome of each revision with where it came, and who waits for what."""
    outcomes: dict[tuple[str, int], tuple[Outcome, int]] = {}
    waiting: dict[str, list[Need]] = {}
    for end in range(1, len(log) + 1):
        seen = [one for one in log[:end] if one["submission_id"] == log[end - 1]["submission_id"]]
        submission_id = seen[0]["submission_id"]
        submissions: list[Any] = [one for one in seen if "verdict" not in one]
        if not submissions:
            continue
        newest = max(one["reports"][0]["revision"] for one in submissions)
        if (submission_id, newest) in outcomes:
            continue
        standing = next(one for one in submissions if one["reports"][0]["revision"] == newest)
        given = _given([one for one in seen if "verdict" in one], newest)
        if "discard" in given.values():
            outcomes[submission_id, newest] = ("discard", end - 1)
        elif all(given.get(need) == "release" for need in standing["needs"]):
            outcomes[submission_id, newest] = ("release", end - 1)
        waiting[submission_id] = sorted(need for need in standing["needs"] if need not in given)
        if (submission_id, newest) in outcomes:
            del waiting[submission_id]
    return outcomes, waiting


def _given(verdicts: Sequence[Any], revision: int) -> dict[str, str]:
    """Return what stands for each need and speaks of the revision."""
    given = {}
    for need in ("review", "confirmation"):
        mine = [v for v in verdicts if v["gives"] == need]
        best = max(
            mine,
            key=lambda v: (
                v["through_revision"] is None,
                v["through_revision"] or 0,
                v["given_at"],
                v["verdict"] == "discard",
            ),
            default=None,
        )
        if best is not None and (best["through_revision"] is None or best["through_revision"] >= revision):
            given[need] = best["verdict"]
    return given


def released_reports(log: Sequence[Said]) -> list[LetterReport]:
    """Return the reports that the log comes to release, each as often as its revisions were released."""
    outcomes, _ = judged(log)
    found: list[LetterReport] = []
    for (submission_id, revision), (outcome, _) in outcomes.items():
        if outcome == "release":
            found += next(
                one["reports"]
                for one in log
                if "reports" in one
                and one["submission_id"] == submission_id
                and one["reports"][0]["revision"] == revision
            )
    return found
