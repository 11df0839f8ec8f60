"""What becomes of held submissions: a fold of one partition of `held`. No clock, no look-ups, no settings.

A submission waits until every need of it has been given, for its revision; then its reports are released. A verdict to
discard that speaks of its revision ends the waiting too, also where it was not waited for: a reviewer may discard what
waits for a confirmation. Whichever comes first is final for that revision.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from schemas.held import HeldSubmission, Need, Verdict, is_verdict, revision_of

Outcome = Literal["release", "discard"]
NOTHING_DECIDED: Final = -1


class Standing(NamedTuple):
    """How one submission stands: the highest revision that was decided, what waits above it, the verdicts that hold."""

    decided: int = NOTHING_DECIDED
    waiting: HeldSubmission | None = None
    verdicts: Mapping[Need, Verdict] = {}


class Decision(NamedTuple):
    """A submission that waits no more, and the offset of the record that decided."""

    submission: HeldSubmission
    outcome: Outcome
    offset: int
    was_corrected: bool = False
    """Whether it was discarded because its sender has corrected it."""
    decided_at: int = 0
    """Epoch milliseconds of the submission or of the last verdict on it, whichever is later: told, not measured."""


class Change(NamedTuple):
    """What a batch changes: how submissions stand after it, and what was decided, in log order."""

    standings: dict[str, Standing]
    decisions: list[Decision]
    duplicates: int


def fold(said: Iterable[tuple[int, HeldSubmission | Verdict]], before: Mapping[str, Standing]) -> Change:
    """Return what these submissions and verdicts (offset, record), in log order, change; `before` holds what stood."""
    after: dict[str, Standing] = {}
    decisions: list[Decision] = []
    duplicates = 0
    for offset, one in said:
        submission_id = one["submission_id"]
        known = after.get(submission_id) or before.get(submission_id) or Standing()
        standing = heard(known, one)
        if standing is known:
            duplicates += 1
            continue
        outcome = outcome_of(standing)
        if standing.waiting is not None and outcome is not None:
            was_corrected = any(one.get("because") == "corrected" for one in _discards(standing))
            decisions.append(Decision(standing.waiting, outcome, offset, was_corrected, _decided_at(standing)))
            standing = Standing(revision_of(standing.waiting), None, standing.verdicts)
        after[submission_id] = standing
    return Change(after, decisions, duplicates)


def heard(standing: Standing, said: HeldSubmission | Verdict) -> Standing:
    """Return how a submission stands once this was said, nothing decided yet; the same object if it changes nothing."""
    if is_verdict(said):
        known = standing.verdicts.get(said["gives"])
        if known is not None and _rank(said) <= _rank(known):
            return standing
        return standing._replace(verdicts={**standing.verdicts, said["gives"]: said})
    newest = standing.decided if standing.waiting is None else revision_of(standing.waiting)
    return standing if revision_of(said) <= newest else standing._replace(waiting=said)


def outcome_of(standing: Standing) -> Outcome | None:
    """Return what the verdicts that speak of the waiting revision come to; None while a need is not given."""
    if standing.waiting is None:
        return None
    if _discards(standing):
        return "discard"
    return None if missing(standing) else "release"


def missing(standing: Standing) -> list[Need]:
    """Return the needs of what waits that are not given yet."""
    if standing.waiting is None:
        return []
    given = {verdict["gives"] for verdict in _speaking(standing, standing.waiting)}
    return sorted(set(standing.waiting["needs"]) - given)


def _discards(standing: Standing) -> list[Verdict]:
    speaking = _speaking(standing, standing.waiting) if standing.waiting else []
    return [verdict for verdict in speaking if verdict["verdict"] == "discard"]


def _decided_at(standing: Standing) -> int:
    if standing.waiting is None:
        return 0
    given = (verdict["given_at"] for verdict in _speaking(standing, standing.waiting))
    return max(standing.waiting["held_at"], *given)


def _speaking(standing: Standing, waiting: HeldSubmission) -> list[Verdict]:
    return [verdict for verdict in standing.verdicts.values() if _reach(verdict) >= revision_of(waiting)]


def _reach(verdict: Verdict) -> float:
    through = verdict["through_revision"]
    return float("inf") if through is None else through


def _rank(verdict: Verdict) -> tuple[float, int, bool]:
    return _reach(verdict), verdict["given_at"], verdict["verdict"] == "discard"
