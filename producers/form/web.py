"""The web form over HTTP: shown, filled in, counted; it needs no script, sets no cookie and keeps nothing."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid4

from fastapi import FastAPI, Request, Response

from producers.acceptance import NotAcceptedError
from producers.bodies import MOST_OWN_BYTES, BodyRefusedError, NoRoomError, body_of
from producers.channels.reports.read import Submission
from producers.form.addresses import Reached
from producers.form.listing import event_of, listed, unread_event
from producers.form.printing import Printing
from producers.form.proofs import Proofs
from producers.form.receipt_pages import ReceiptPages
from producers.form.rendering import address_to, page, reader_for
from producers.form.said import closed, looked_at, no_room, no_such_campaign, unreadable, without_receipt
from producers.form.sentences import complaints_of
from producers.form.typed import TRAPPED, Typed, submission_of, typed_of
from producers.intake import FORM, Intake
from producers.known_events import EventsUnreadError, KnownEvents
from producers.receipts import receipt_of
from producers.remembered import Remembered
from schemas.catalogue import Campaign
from schemas.receipt import Receipts
from schemas.report import LetterReport
from schemas.wire import Refusal


class Pages:
    """Every page that people see of a collector."""

    def __init__(
        self, intake: Intake, receipts: Receipts, known: KnownEvents, reached: Reached, proofs: Proofs
    ) -> None:
        self._intake = intake
        self._known = known
        self._receipts = receipts
        self._proofs = proofs
        self._remembered = Remembered()
        self._receipt_pages = ReceiptPages(intake, receipts, known, reached)
        self._printing = Printing(intake.catalogue, known, reached.collectors)

    def add_to(self, app: FastAPI) -> None:
        """Add the routes of the pages."""
        app.add_route("/form", self.choose, methods=["GET"])
        app.add_route("/form/{campaign}", self.show, methods=["GET"])
        app.add_route("/form/{campaign}", self.take, methods=["POST"])
        self._printing.add_to(app)
        self._receipt_pages.add_to(app)

    async def choose(self, request: Request) -> Response:
        """Show the campaigns that take reports."""
        now = datetime.now(UTC)
        campaigns = [one for one in self._intake.catalogue.campaigns.values() if one.takes_reports(now)]
        return page(request, "list.html", is_private=False, campaigns=campaigns, start="form/")

    async def show(self, request: Request) -> Response:
        """Show an empty form, with an id of its own: however often it is sent, it is one submission."""
        campaign = self._campaign(request)
        if campaign is None:
            return no_such_campaign(request)
        if not campaign.takes_reports(datetime.now(UTC)):
            return closed(request, campaign, datetime.now(UTC))
        asked = request.query_params.get("event", "")
        event = event_of(self._known, campaign.campaign, asked)
        kept = event.event if event else unread_event(self._known, campaign.campaign, asked)
        typed = Typed(submission=str(uuid4()), event=kept, country=event.country if event else "")
        return self._form(request, campaign, typed, unknown_event="" if kept else asked)

    async def take(self, request: Request) -> Response:
        """Count what was filled in and lead on to the receipt, or show what has to be mended."""
        campaign = self._campaign(request)
        if campaign is None:
            return no_such_campaign(request)
        try:
            body = await body_of(request, MOST_OWN_BYTES)
        except NoRoomError:
            return no_room(request)
        except BodyRefusedError as error:
            await self._intake.refuse(error.refusal, FORM, str(uuid4()))
            return unreadable(request, error.status)
        sent = typed_of(body)
        if isinstance(sent, Refusal) or not _is_id(sent[0].submission):
            refusal = sent if isinstance(sent, Refusal) else Refusal("missing_field", "submission", "expected a UUID")
            await self._intake.refuse(refusal, FORM, str(uuid4()))
            return unreadable(request, 400)
        return await self._take(request, campaign, sent[0])

    async def _take(self, request: Request, campaign: Campaign, typed: Typed) -> Response:
        submission = submission_of(typed, campaign)
        if not isinstance(submission, Submission):
            await self._intake.refuse(submission[0], FORM, typed.submission)
            return self._form(request, campaign, typed, submission)
        try:
            meant, reports = self._admit(submission, typed.submission)
        except EventsUnreadError:
            return self._form(request, campaign, typed, is_away=True)
        if isinstance(reports, Refusal):
            await self._intake.refuse(reports, FORM, typed.submission, submission)
            return self._form(request, campaign, typed, [reports])
        is_proven = self._proofs.is_proven(typed.submission, typed.proof)
        try:
            await self._keep(typed, meant, reports, is_proven=is_proven)
        except NotAcceptedError:
            return self._form(request, campaign, typed, is_away=True)
        # Without a proof no receipt: it would correct, and so count, what nobody has looked at.
        return self._thank(request, meant, reports, typed) if is_proven else looked_at(request)

    def _admit(self, submission: Submission, own_id: str) -> tuple[Submission, list[LetterReport] | Refusal]:
        """Return what is meant, and its reports: a form that is sent again with other numbers is a correction."""
        reports, meant = self._intake.admit(submission, FORM, own_id), submission
        if not isinstance(reports, Refusal):
            meant = self._remembered.changed(own_id, submission, datetime.now(UTC))
        if meant is not submission:
            reports = self._intake.admit(meant, FORM, own_id, is_correction=True)
        return meant, reports

    async def _keep(self, typed: Typed, meant: Submission, reports: list[LetterReport], *, is_proven: bool) -> None:
        """Return once it is safe; a program learns nothing from it, and what a person reported can be retried."""
        if not typed.website:
            await self._intake.count(reports, FORM, typed.submission, is_proven=is_proven)
            return
        own_id, is_correction = typed.submission, meant.modified_at is not None
        is_kept = await self._intake.refuse(TRAPPED, FORM, own_id, meant, own_id=own_id, is_correction=is_correction)
        if not is_kept:
            raise NotAcceptedError("the refusal is not safe")

    def _thank(self, request: Request, submission: Submission, reports: list[LetterReport], typed: Typed) -> Response:
        token = self._receipts.sign(receipt_of(submission, reports, typed.submission, self._intake.catalogue))
        if token is None:
            return without_receipt(request)
        location = address_to(request, f"../receipt/{quote(token)}", event=None)
        return Response(None, 303, {"Location": location, "Cache-Control": "no-store"})

    def _form(
        self,
        request: Request,
        campaign: Campaign,
        typed: Typed,
        refusals: Sequence[Refusal] = (),
        *,
        unknown_event: str = "",
        is_away: bool = False,
    ) -> Response:
        complaints = complaints_of(refusals, reader_for(request))
        answer = page(
            request,
            "form.html",
            status=503 if is_away else 422 if complaints else 200,
            is_private=is_away or bool(complaints),
            campaign=campaign,
            typed=dataclasses.replace(typed, website=""),
            challenge=self._proofs.challenge(typed.submission),
            events=listed(self._known, campaign.campaign, typed.event),
            unread_event=unread_event(self._known, campaign.campaign, typed.event),
            complaints=complaints,
            unknown_event=unknown_event,
            is_away=is_away,
        )
        if is_away:
            answer.headers["Retry-After"] = "2"
        return answer

    def _campaign(self, request: Request) -> Campaign | None:
        return self._intake.catalogue.campaigns.get(request.path_params["campaign"])


def _is_id(said: str) -> bool:
    try:
        return str(UUID(said)) == said
    except ValueError:
        return False
