"""What people and programs report themselves, whatever page or interface they use: admitted and safe, or refused."""

import time
from datetime import UTC, datetime
from typing import Final

from producers.acceptance import Acceptance, NotAcceptedError
from producers.admission import admit
from producers.channels.reports.read import Submission
from producers.drafts import Rules
from producers.identity import delivery_id_of, held_id_of
from producers.records import held_record, letter_record, rejected_record
from producers.retrying import kept_of
from producers.review import Parted, parted, submission_to_review, verdict_of_correction
from schemas import metrics
from schemas.rejection import Rejection, value_without_draft
from schemas.report import LetterReport
from schemas.wire import Refusal

REPORTS: Final = "reports"
FORM: Final = "form"
"""Channels of our own; each is its own only source."""


class Intake:
    """One set of rules, one way to Kafka and one way to `rejected` for submissions."""

    def __init__(self, rules: Rules, acceptance: Acceptance) -> None:
        self._rules = rules
        self.catalogue = rules.catalogue
        self._acceptance = acceptance

    def admit(
        self,
        submission: Submission,
        channel: str,
        submission_id: str,
        *,
        is_correction: bool = False,
        participant: str | None = None,
    ) -> list[LetterReport] | Refusal:
        """Return the reports of a submission, or the first rule that it breaks; nothing is kept yet.

        Raises EventsUnreadError where nobody can tell yet whether the campaign has the event.
        """
        return admit(
            submission,
            self.catalogue,
            channel=channel,
            source=channel,
            submission_id=submission_id,
            keys=self._rules.keys,
            knows_event=self._rules.knows_event,
            now=datetime.now(UTC),
            is_correction=is_correction,
            participant=participant,
        )

    async def count(
        self, reports: list[LetterReport], channel: str, submission_id: str, *, is_proven: bool = True
    ) -> Parted:
        """Return once they are safe what counts now and what is looked at first; raises NotAcceptedError."""
        parts = parted(reports, self.catalogue, is_proven=is_proven)
        records = [letter_record(report) for report in parts.counted]
        held_id = held_id_of(channel, channel, submission_id)
        if parts.waiting:
            records.append(held_record(submission_to_review(held_id, parts.waiting)))
        if verdict := verdict_of_correction(held_id, parts):
            records.append(held_record(verdict))
        await self._acceptance.accept(records)
        metrics.ACCEPTED.labels(channel).inc(len(parts.counted))
        return parts

    async def refuse(
        self,
        refusal: Refusal,
        channel: str,
        submission_id: str,
        submission: Submission | None = None,
        *,
        own_id: str | None = None,
        is_correction: bool = False,
    ) -> bool:
        """Keep why something was refused, and what may be kept of it (never address or name), in `rejected`.

        With the sender's own id it can be judged again, once a mistake of ours is mended. Return whether it is safe.
        """
        metrics.REFUSED.labels("collector", refusal.reason).inc()
        origin = delivery_id_of(channel, submission_id)
        kept = kept_of(submission, own_id, channel, self._rules, is_correction=is_correction) if submission else None
        rejection: Rejection = {
            "origin": origin,
            "reason": refusal.reason,
            "field": refusal.field,
            "detail": refusal.detail,
            "value": kept.decode() if kept else value_without_draft(channel),
            "rejected_at": int(time.time() * 1000),
        }
        try:
            await self._acceptance.accept([rejected_record(rejection)])
        except NotAcceptedError:
            metrics.REFUSED.labels("collector", "not_kept").inc()  # the sender is told all the same
            return False
        return True
