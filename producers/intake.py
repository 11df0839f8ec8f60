"""What people and programs report themselves, whatever page or interface they use: admitted and safe, or refused."""

import time
from datetime import UTC, datetime
from typing import Final

import orjson

from producers.acceptance import Acceptance, NotAcceptedError
from producers.admission import admit, without_personal_data
from producers.channels.reports.read import Submission
from producers.identity import delivery_id_of
from producers.pseudonyms import PseudonymKeys
from producers.publisher import Outgoing
from schemas import metrics
from schemas.catalogue import Catalogue
from schemas.rejection import Rejection
from schemas.report import LetterReport
from schemas.topics import LETTERS, REJECTED
from schemas.wire import Refusal, encode

REPORTS: Final = "reports"
FORM: Final = "form"
"""Channels of our own; each is its own only source."""


class Intake:
    """One set of rules, one way to Kafka and one way to `rejected` for submissions."""

    def __init__(self, catalogue: Catalogue, acceptance: Acceptance, keys: PseudonymKeys) -> None:
        self.catalogue = catalogue
        self._acceptance = acceptance
        self._keys = keys

    def admit(
        self,
        submission: Submission,
        channel: str,
        submission_id: str,
        *,
        is_correction: bool = False,
        participant: str | None = None,
    ) -> list[LetterReport] | Refusal:
        """Return the reports of a submission, or the first rule that it breaks; nothing is kept yet."""
        return admit(
            submission,
            self.catalogue,
            channel=channel,
            source=channel,
            submission_id=submission_id,
            keys=self._keys,
            now=datetime.now(UTC),
            is_correction=is_correction,
            participant=participant,
        )

    async def count(self, reports: list[LetterReport], channel: str) -> None:
        """Return once the reports are safe; raises NotAcceptedError where they are not."""
        await self._acceptance.accept([_outgoing(report) for report in reports])
        metrics.ACCEPTED.labels(channel).inc(len(reports))

    async def refuse(
        self, refusal: Refusal, channel: str, submission_id: str, submission: Submission | None = None
    ) -> None:
        """Keep why something was refused, and what may be kept of it (never address or name), in `rejected`."""
        metrics.REFUSED.labels("collector", refusal.reason).inc()
        origin = delivery_id_of(channel, submission_id)
        kept = without_personal_data(submission, self.catalogue, self._keys) if submission else None
        rejection: Rejection = {
            "origin": origin,
            "reason": refusal.reason,
            "field": refusal.field,
            "detail": refusal.detail,
            "value": orjson.dumps(kept).decode() if kept else None,
            "rejected_at": int(time.time() * 1000),
        }
        try:
            await self._acceptance.accept([Outgoing(REJECTED.name, origin.encode(), encode(rejection))])
        except NotAcceptedError:
            metrics.REFUSED.labels("collector", "not_kept").inc()  # the sender is told all the same


def _outgoing(report: LetterReport) -> Outgoing:
    return Outgoing(LETTERS.name, report["report_id"].encode(), encode(report))
