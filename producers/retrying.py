"""What is kept of our own refused reports, and how they are judged again once something was mended. Pure.

The key that they were sent with is not kept: who knows it may correct. Their ids are, which lie on `letters` too.
"""

from datetime import UTC, datetime
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from producers.admission import admit, without_personal_data
from producers.channels.reports.read import Line, Submission
from producers.drafts import Rules
from producers.identity import held_id_of
from producers.review import Parted, parted
from schemas.identity import report_id_of
from schemas.report import EpochMilliseconds, Kind, Uuid
from schemas.wire import Refusal


class Kept(BaseModel):
    """A refused submission of our own form that can be judged again: nothing in it had to be left out."""

    model_config = ConfigDict(extra="ignore")

    source: str
    received_at: EpochMilliseconds
    is_correction: bool
    held_id: Uuid
    report_ids: Annotated[list[Uuid], Field(min_length=1)]
    campaign: str
    event: str | None
    country: str
    kind: Kind
    written_at: datetime | None
    modified_at: datetime | None
    participant: Uuid | None
    lines: list[Line]


def kept_of(read: Submission, submission_id: str | None, source: str, rules: Rules, *, is_correction: bool) -> bytes:
    """Return what may be kept of a refused submission, as JSON.

    Only with the sender's own `submission_id` can it be judged again: who had none and sent it once more, mended, has
    another id, so both would count. Neither can it where a text that looked like no code had to be left out.
    """
    without = without_personal_data(read, rules.catalogue, rules.keys, rules.knows_event)
    kept: dict[str, object] = {"source": source, **without}
    cases = [line.case for line in read.lines]
    is_whole = all(
        getattr(read, name) in (kept[name], "" if name == "event" else kept[name])
        for name in ("campaign", "event", "country")
    ) and cases == [line["case"] for line in kept["lines"]]  # type: ignore[attr-defined]  # a list of lines
    if submission_id is not None and is_whole:
        kept |= {
            "is_correction": is_correction,
            "held_id": held_id_of(source, source, submission_id),
            "report_ids": [report_id_of(source, source, submission_id, number) for number in range(len(cases))],
        }
    return orjson.dumps(kept)


def read_kept(value: object, rejected_at: int) -> Kept | None:
    """Return the submission in what was kept, or nothing where it can't be judged again."""
    if not isinstance(value, dict) or "report_ids" not in value:
        return None
    try:
        return Kept.model_validate({"received_at": rejected_at, **value})
    except ValidationError:
        return None


def judge_again(kept: Kept, rules: Rules) -> Parted | Refusal:
    """Return the reports, as of when they were sent first, under the ids that they had then; or why still not."""
    said = kept.model_dump(include={"campaign", "event", "country", "kind", "written_at", "modified_at"})
    reports = admit(
        Submission.model_construct(**said, lines=kept.lines, email=None, test=False),
        rules.catalogue,
        channel=kept.source,
        source=kept.source,
        submission_id="",
        keys=rules.keys,
        knows_event=rules.knows_event,
        now=datetime.fromtimestamp(kept.received_at / 1000, UTC),
        is_correction=kept.is_correction,
    )
    if isinstance(reports, Refusal):
        return reports
    spoken = (number for number, line in enumerate(kept.lines) if line.letters or kept.is_correction)
    for number, report in zip(spoken, reports, strict=True):
        report["report_id"] = kept.report_ids[number]
        report["participant"] = kept.participant
    return parted(reports, rules.catalogue)
