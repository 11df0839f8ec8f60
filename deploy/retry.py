"""Refusals judged again with today's catalogue, sources and events. Pure but for what it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from deploy.refusals import value_of
from producers.channels.reading import Draft
from producers.drafts import Rules
from producers.retrying import Kept, judge_again, read_kept
from producers.review import submission_to_review, verdict_of_correction
from producers.sorting import Ids, Sorted, ids_of, take_draft
from producers.sources import Configured
from schemas.held import HeldSubmission, Verdict
from schemas.rejection import Rejection
from schemas.report import LetterReport
from schemas.wire import Refusal

_NOT_KEPT: Final = "what was sent was not kept so that it could be read again: its sender must send it once more"
_TRAPPED: Final = "it seems to be a program's: name it, or ask for --reason honeypot, if it was a person's"
_DECIDED: Final = "a reviewer has decided so"
_LOOKED_PERSONAL: Final = "it looked personal or was long, so its sender must send it once more"
_JUDGED_ANYWAY: Final = "country"
"""One that is no country's name counts as unknown, or is refused, whatever it says."""
_SENT_AGAIN: Final = "it was sent again since, and counted as it was then"
_IDS: Final = {"submission", "line"}
"""Of the sender's own making; those that are made of them may have been kept instead."""


class Known(NamedTuple):
    """What the refusals are judged with, and what has become of their reports meanwhile."""

    rules: Rules
    sources: Mapping[str, Configured]
    revisions: Mapping[str, int]
    """The highest revision of each report that counts or was held."""
    held: Mapping[tuple[str, int], set[str]]
    """Reports that were held, by submission and revision."""
    trusts_trapped: bool = False
    """Whether somebody has decided that people, not programs, filled in what people do not see."""


@dataclass
class Judged:
    """What becomes of a refusal: what counts now, what waits now, or why neither."""

    rejection: Rejection
    letters: list[LetterReport] = field(default_factory=list)
    held: list[HeldSubmission] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    """On what waited until it was corrected."""
    why_not: str | None = None
    is_settled: bool = True
    """Whether there is nothing more to do about it."""


def ids_in(rejections: Sequence[Rejection], sources: Mapping[str, Configured]) -> list[str]:
    """Return the ids of the reports that refused submissions of ours, and sources' drafts, would become."""
    found: list[str] = []
    for one in rejections:
        value = value_of(one)
        if kept := read_kept(value, one["rejected_at"]):
            found += kept.report_ids
        elif report_id := _id_of_draft(value, sources):
            found.append(report_id)
    return found


def judge(rejection: Rejection, known: Known) -> Judged:
    """Return what becomes of a refusal, as of when it was received."""
    if rejection["reason"] == "honeypot" and not known.trusts_trapped:
        return Judged(rejection, why_not=_TRAPPED, is_settled=False)
    value = value_of(rejection)
    kept = read_kept(value, rejection["rejected_at"])
    if kept is not None:
        return _judge_own(rejection, kept, known)
    if rejection["reason"] == "corrected_since":
        return Judged(rejection, why_not="its sender has corrected it since, and the correction counts")
    if not isinstance(value.get("draft"), dict):
        why_not = _DECIDED if rejection["reason"] == "discarded_in_review" else _NOT_KEPT
        return Judged(rejection, why_not=why_not, is_settled=False)
    return _judge_draft(rejection, value, known)


def _judge_own(rejection: Rejection, kept: Kept, known: Known) -> Judged:
    parts = judge_again(kept, known.rules)
    if isinstance(parts, Refusal):
        return _refused(rejection, parts)
    done = Judged(rejection, parts.counted)
    reports = parts.counted + parts.waiting
    newest = max((known.revisions.get(report_id, -1) for report_id in kept.report_ids), default=-1)
    if newest >= reports[0]["revision"]:
        return Judged(rejection, why_not=_SENT_AGAIN)
    if parts.waiting:
        done.held.append(submission_to_review(kept.held_id, parts.waiting))
    if verdict := verdict_of_correction(kept.held_id, parts):
        done.verdicts.append(verdict)
    return done


def _judge_draft(rejection: Rejection, value: dict[str, Any], known: Known) -> Judged:
    configured = known.sources.get(str(value.get("source")))
    if configured is None:
        why_not = f"source {value.get('source')!r} is not among those of TALLY_SOURCES"
        return Judged(rejection, why_not=why_not, is_settled=False)
    ids = _kept_ids(value)
    if gone := sorted(set(value.get("left_out", ())) - {_JUDGED_ANYWAY} - (_IDS if ids else set())):
        why_not = f"{' and '.join(gone)} {'was' if len(gone) == 1 else 'were'} not kept whole: {_LOOKED_PERSONAL}"
        return Judged(rejection, why_not=why_not, is_settled=False)
    try:
        draft = Draft.model_validate(value["draft"])
        received_at = int(value["received_at"])
    except (ValidationError, KeyError, TypeError, ValueError):
        return Judged(rejection, why_not=_NOT_KEPT, is_settled=False)
    done = Sorted()
    take_draft(done, draft, configured, known.rules, received_at, kept_ids=ids)
    report_id = ids.report_id if ids else ids_of(draft, configured).report_id
    if known.revisions.get(report_id, -1) >= draft.revision:
        return Judged(rejection, why_not=_SENT_AGAIN)
    for still in done.rejections:
        return _refused(rejection, Refusal(still["reason"], still["field"], still["detail"]))
    return Judged(rejection, done.letters, list(done.held.values()))


def _id_of_draft(value: Mapping[str, Any], sources: Mapping[str, Configured]) -> str | None:
    """Return the id that the report of a kept draft has, where that can be known."""
    if ids := _kept_ids(value):
        return ids.report_id
    configured = sources.get(str(value.get("source")))
    try:
        return ids_of(Draft.model_validate(value.get("draft")), configured).report_id if configured else None
    except ValidationError:
        return None


def _kept_ids(value: Mapping[str, Any]) -> Ids | None:
    ids = value.get("ids")
    if not isinstance(ids, dict) or any(not isinstance(ids.get(name), str) for name in Ids._fields):
        return None
    return Ids(ids["report_id"], ids["held_id"])


def _refused(rejection: Rejection, refusal: Refusal) -> Judged:
    where = f" ({refusal.field})" if refusal.field else ""
    return Judged(rejection, why_not=f"{refusal.reason}{where}: {refusal.detail}", is_settled=False)


def joined(judged: Sequence[Judged], known: Known) -> list[Judged]:
    """Put together what waits of one submission: the first record of a revision is all of it that a worker takes.

    Where a part of it was held before, the rest can't be added: it stays refused.
    """
    places: dict[tuple[str, int], HeldSubmission] = {}
    for one in judged:
        kept: list[HeldSubmission] = []
        for held in one.held:
            place = (held["submission_id"], held["reports"][0]["revision"])
            before = known.held.get(place)
            if before is not None and not {report["report_id"] for report in held["reports"]} <= before:
                one.why_not = "a part of its submission was held before, to which nothing can be added"
                one.is_settled = False
            elif place in places:
                places[place]["reports"].extend(held["reports"])
                places[place]["needs"].extend(need for need in held["needs"] if need not in places[place]["needs"])
            else:
                places[place] = held
                kept.append(held)
        one.held = kept
    return list(judged)
