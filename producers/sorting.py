"""One delivery's readings -> what goes to which topic, and what its sender is told. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, assert_never

import orjson

from producers.channels.reading import Confirmed, Draft, Ignored, Reading, Refused
from producers.drafts import Admitted, Rules, admit_draft, without_personal_texts
from producers.identity import held_id_of, refused_id_of
from producers.sources import Configured
from producers.typed_text import name_without_personal
from schemas.held import HeldSubmission, Verdict
from schemas.identity import report_id_of
from schemas.rejection import Rejection, value_without_draft
from schemas.report import LetterReport
from schemas.wire import Refusal


@dataclass
class Sorted:
    """What became of a delivery, by where it goes."""

    letters: list[LetterReport] = field(default_factory=list)
    held: dict[tuple[str, int], HeldSubmission] = field(default_factory=dict)
    """By submission and revision."""
    verdicts: list[Verdict] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    """Of what counts or waits: fields that say what can't be, and so nothing."""

    def told(self) -> dict[str, Any]:
        """Return what the sender is told: numbers of reports; of each refusal reason, field and what was expected."""
        return {
            "counted": sum(not report["withdrawn"] for report in self.letters),
            "withdrawn": sum(report["withdrawn"] for report in self.letters),
            "held": sum(len(held["reports"]) for held in self.held.values()),
            "confirmed": len(self.verdicts),
            "ignored": dict(self.ignored),
            "rejected": [{name: r[name] for name in ("reason", "field", "detail")} for r in self.rejections],
        }


def sort(readings: Iterable[Reading], body: bytes, configured: Configured, rules: Rules, now_ms: int) -> Sorted:
    """Return where each reading goes; whatever it is, it goes somewhere by name."""
    done = Sorted()
    source = configured.source
    for number, reading in enumerate(readings):
        match reading:
            case Draft():
                take_draft(done, reading, configured, rules, now_ms)
            case Confirmed(submission):
                verdict_id = held_id_of(source.channel, source.source, submission)
                done.verdicts.append(
                    {
                        "submission_id": verdict_id,
                        "gives": "confirmation",
                        "verdict": "release",
                        "through_revision": None,
                        "given_at": now_ms,
                    }
                )
            case Refused(submission, reason, named, detail):
                origin = refused_id_of(source.channel, source.source, submission or body, number)
                field_named = named and name_without_personal(named)  # a sheet's headings are typed
                value = value_without_draft(source.source)
                done.rejections.append(_rejection(origin, Refusal(reason, field_named, detail), value, now_ms))
            case Ignored(reason):
                done.ignored[reason] += 1
            case _:
                assert_never(reading)
    return done


class Ids(NamedTuple):
    """What is made of a draft's own ids, which says nothing of what they were."""

    report_id: str
    held_id: str


def ids_of(draft: Draft, configured: Configured) -> Ids:
    """Return the id that the draft's report has, and the one under which it may wait."""
    source = configured.source
    return Ids(
        report_id_of(source.channel, source.source, draft.submission, draft.line),
        held_id_of(source.channel, source.source, draft.submission),
    )


def take_draft(
    done: Sorted, draft: Draft, configured: Configured, rules: Rules, now_ms: int, *, kept_ids: Ids | None = None
) -> None:
    """Sort one draft as of a moment; with the ids that were kept of it, where its own were not."""
    source = configured.source
    ids = kept_ids or ids_of(draft, configured)
    admitted = admit_draft(draft, configured, rules, now_ms)
    if isinstance(admitted, Refusal):
        kept, left_out = without_personal_texts(draft, configured, rules)
        said: dict[str, object] = {"source": source.source, "received_at": now_ms}
        said["draft"] = kept.model_dump(mode="json", exclude_defaults=True)
        if left_out:
            said["left_out"] = left_out
        if not {"submission", "line"}.isdisjoint(left_out):
            said["ids"] = ids._asdict()
        value = orjson.dumps(said).decode()
        origin = refused_id_of(source.channel, source.source, draft.submission, draft.line)
        done.rejections.append(_rejection(origin, admitted, value, now_ms))
        return
    done.left_out.update(admitted.left_out)
    admitted.report["report_id"] = ids.report_id
    if admitted.needs:
        _hold(done, admitted, ids.held_id, now_ms)
    else:
        done.letters.append(admitted.report)


def _hold(done: Sorted, admitted: Admitted, submission_id: str, now_ms: int) -> None:
    place = (submission_id, admitted.report["revision"])
    held = done.held.setdefault(place, {"submission_id": submission_id, "needs": [], "reports": [], "held_at": now_ms})
    held["reports"].append(admitted.report)
    held["needs"].extend(need for need in admitted.needs if need not in held["needs"])


def _rejection(origin: str, refusal: Refusal, value: str, now_ms: int) -> Rejection:
    return {
        "origin": origin,
        "reason": refusal.reason,
        "field": refusal.field,
        "detail": refusal.detail,
        "value": value,
        "rejected_at": now_ms,
    }
