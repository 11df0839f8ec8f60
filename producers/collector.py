"""/v1/reports, our own interface: read, pseudonymise, validate, accept, and only then say yes."""

from datetime import UTC, datetime
from uuid import uuid4

from fastapi import Request, Response

from producers.acceptance import NotAcceptedError
from producers.answers import events_not_read_yet, hanging_up, json_answer, no_room, not_accepted_yet, problem
from producers.bodies import MOST_OWN_BYTES, BodyRefusedError, NoRoomError, body_of
from producers.channels.reports.read import CONTENT_TYPES, Submission, read_body
from producers.identity import submission_id_of
from producers.intake import REPORTS, Intake
from producers.known_events import EventsUnreadError
from producers.receipts import receipt_of
from producers.remembered import Remembered
from producers.review import accepted
from schemas.receipt import Receipts
from schemas.report import LetterReport
from schemas.wire import Refusal


class Collector:
    """Takes submissions; success is answered only when every report is safe."""

    def __init__(self, intake: Intake, receipts: Receipts) -> None:
        self._intake = intake
        self._receipts = receipts
        self._remembered = Remembered()

    async def report(self, request: Request) -> Response:
        """Answer POST /v1/reports."""
        return await self._answer(request, is_correction=False)

    async def correct(self, request: Request) -> Response:
        """Answer PUT /v1/reports: replace what was, or will be, reported with this Idempotency-Key.

        Who knows the key may correct, so a key that others could guess gives the right away. Lines replace those at
        the same place, one with 0 letters takes its own back, and the highest `modified_at` stands; without it this
        collector's clock decides, so a sender who corrects in quick succession should say it.
        """
        if not request.headers.get("idempotency-key", "").strip():
            missing = Refusal("missing_field", "Idempotency-Key", "expected the key that the report was sent with")
            return await self._refuse(422, str(uuid4()), missing)
        return await self._answer(request, is_correction=True)

    async def _answer(self, request: Request, *, is_correction: bool) -> Response:
        try:
            submission_id = submission_id_of(request.headers.get("idempotency-key"))
        except ValueError as error:
            return await self._refuse(422, str(uuid4()), Refusal("bad_value", "Idempotency-Key", str(error)))
        content_type = request.headers.get("content-type", "")
        if content_type.partition(";")[0].strip().lower() not in CONTENT_TYPES:
            other = Refusal("unreadable", "Content-Type", f"expected one of {', '.join(CONTENT_TYPES)}")
            return await self._refuse(415, submission_id, other)
        try:
            body = await body_of(request, MOST_OWN_BYTES)
        except NoRoomError:
            return no_room()
        except BodyRefusedError as error:
            return hanging_up(await self._refuse(error.status, submission_id, error.refusal))
        try:
            has_key = bool(request.headers.get("idempotency-key", "").strip())
            read = read_body(content_type, body)
            return await self._take(read, submission_id, is_correction=is_correction, has_key=has_key)
        except EventsUnreadError:
            return events_not_read_yet()

    async def _take(
        self, read: Submission | Refusal, submission_id: str, *, is_correction: bool, has_key: bool
    ) -> Response:
        if isinstance(read, Refusal):
            return await self._refuse(400 if read.reason == "unreadable" else 422, submission_id, read)
        if read.test:
            return json_answer(200, {"ignored": "test_delivery"})
        reports = self._intake.admit(read, REPORTS, submission_id, is_correction=is_correction)
        if isinstance(reports, Refusal):
            own_id = submission_id if has_key else None
            return await self._refuse(422, submission_id, reports, read, own_id=own_id, is_correction=is_correction)
        meant = self._meant(read, submission_id, is_correction=is_correction)
        if isinstance(meant, Submission) and meant is not read:
            reports = self._admit_correction(meant, submission_id)
        if isinstance(meant, Refusal):
            return await self._refuse(422, submission_id, meant, read)
        if isinstance(reports, Refusal):
            return await self._refuse(422, submission_id, reports, read)
        return await self._count(meant, reports, submission_id, is_correction=is_correction)

    def _meant(self, read: Submission, submission_id: str, *, is_correction: bool) -> Submission | Refusal:
        """Return what is to be counted, as far as is remembered what was sent with this key before."""
        if is_correction:
            return self._remembered.refused_as_short(submission_id, read) or read
        return self._remembered.meant(submission_id, read, datetime.now(UTC))

    def _admit_correction(self, meant: Submission, submission_id: str) -> list[LetterReport] | Refusal:
        """Return the reports of what differs from what was sent before; its key stays free where there are none."""
        reports: list[LetterReport] | Refusal | None = None
        try:
            reports = self._intake.admit(meant, REPORTS, submission_id, is_correction=True)
        finally:
            if not isinstance(reports, list):
                self._remembered.failed(submission_id)
        return reports

    async def _count(
        self, meant: Submission, reports: list[LetterReport], submission_id: str, *, is_correction: bool
    ) -> Response:
        try:
            parts = await self._intake.count(reports, REPORTS, submission_id)
        except NotAcceptedError:
            if not is_correction:
                self._remembered.failed(submission_id)
            return not_accepted_yet(submission_id)
        token = self._receipts.sign(receipt_of(meant, reports, submission_id, self._intake.catalogue))
        told = accepted(parts, ("revision",) if is_correction or meant.modified_at else ())
        return json_answer(202, told | {"receipt": token and f"/receipt/{token}"})

    async def _refuse(
        self,
        status: int,
        submission_id: str,
        refusal: Refusal,
        read: Submission | None = None,
        *,
        own_id: str | None = None,
        is_correction: bool = False,
    ) -> Response:
        """Answer with the reason, and keep it in `rejected`."""
        await self._intake.refuse(refusal, REPORTS, submission_id, read, own_id=own_id, is_correction=is_correction)
        return problem(status, refusal)
