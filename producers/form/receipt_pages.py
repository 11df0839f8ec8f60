"""The receipt over HTTP: GET only shows, since mail programs open links by themselves; POST asks again, then acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import quote

from fastapi import FastAPI, Request, Response

from producers.acceptance import NotAcceptedError
from producers.bodies import MOST_OWN_BYTES, BodyRefusedError, NoRoomError, body_of
from producers.channels.reports.read import Submission
from producers.form.addresses import Reached, address_of
from producers.form.listing import event_of, listed, unread_event
from producers.form.rendering import address_to, named, page, query_of, reader_for
from producers.form.said import no_room, no_such_receipt, told, unreadable, without_receipt
from producers.form.sentences import complaints_of
from producers.form.typed import Typed, day_of, submission_of, typed_before, typed_of
from producers.intake import Intake
from producers.known_events import EventsUnreadError, KnownEvents
from producers.receipts import corrected, moment_of, receipt_of, withdrawn
from schemas.catalogue import Campaign
from schemas.reader import Reader
from schemas.receipt import Receipt, Receipts
from schemas.report import LetterReport
from schemas.wire import Refusal

_Action = Literal["correct", "withdraw"]
_ACTIONS: Final[dict[str, _Action]] = {"correct": "correct", "withdraw": "withdraw"}


@dataclass(frozen=True)
class _Deed:
    """What the owner of a receipt wants done."""

    receipt: Receipt
    campaign: Campaign
    action: _Action
    typed: Typed
    is_confirmed: bool


class ReceiptPages:
    """Shows, corrects and withdraws what a receipt says."""

    def __init__(self, intake: Intake, receipts: Receipts, known: KnownEvents, reached: Reached) -> None:
        self._intake = intake
        self._known = known
        self._receipts = receipts
        self._reached = reached

    def add_to(self, app: FastAPI) -> None:
        """Add the routes of the receipts."""
        app.add_route("/receipt/{token}", self.show, methods=["GET"])
        app.add_route("/receipt/{token}", self.act, methods=["POST"])
        app.add_route("/receipt/{token}/correct", self.show_form, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Show what was reported, and as of when."""
        token = request.path_params["token"]
        receipt = self._receipts.read(token)
        if receipt is None:
            return no_such_receipt(request)
        campaign, reader = self._intake.catalogue.campaigns.get(receipt.campaign), reader_for(request)
        title, address = campaign.title if campaign else receipt.campaign, address_of(request, self._reached.collectors)
        return page(
            request,
            "receipt.html",
            receipt=receipt,
            token=quote(token),
            title=title,
            known=named(campaign) if campaign else {},
            event=event_of(self._known, receipt.campaign, receipt.event),
            is_looked_at=campaign is not None and _is_looked_at(receipt, campaign),
            moment=reader.moment(moment_of(receipt.as_of), campaign.time_zone if campaign else "UTC"),
            own=self._own(token, reader),
            link=address_to(request, f"{address}/receipt/{quote(token)}", event=None, embed=None),
            mail_subject=reader.translations.gettext("My letters: %(title)s") % {"title": title},
            again=query_of(request, event=receipt.event),
        )

    def _own(self, token: str, reader: Reader) -> str | None:
        """Return where all letters of the participant are shown beside everybody's."""
        if self._reached.counters is None:
            return None
        return f"{self._reached.counters.rstrip('/')}/you/{quote(token)}?lang={reader.language}"

    async def show_form(self, request: Request) -> Response:
        """Show the form as it was filled in."""
        token = request.path_params["token"]
        receipt = self._receipts.read(token)
        campaign = self._intake.catalogue.campaigns.get(receipt.campaign) if receipt else None
        if receipt is None or campaign is None:
            return no_such_receipt(request)
        return self._form(request, campaign, typed_before(receipt, campaign), back=f"../{quote(token)}")

    async def act(self, request: Request) -> Response:
        """Ask whether it is right, and once that is confirmed correct or withdraw."""
        receipt = self._receipts.read(request.path_params["token"])
        campaign = self._intake.catalogue.campaigns.get(receipt.campaign) if receipt else None
        if receipt is None or campaign is None:
            return no_such_receipt(request)
        try:
            sent = typed_of(await body_of(request, MOST_OWN_BYTES))
        except NoRoomError:
            return no_room(request)
        except BodyRefusedError as error:
            return unreadable(request, error.status)
        if isinstance(sent, Refusal):
            return unreadable(request, 400)
        typed, others = sent
        action = _ACTIONS.get(others.get("action", ""))
        if action is None:
            return unreadable(request, 400)
        return await self._do(request, _Deed(receipt, campaign, action, typed, others.get("confirmed") == "yes"))

    async def _do(self, request: Request, deed: _Deed) -> Response:
        receipt, submission = deed.receipt, _submission(deed)
        if not isinstance(submission, Submission):
            return self._form(request, deed.campaign, deed.typed, submission)
        try:
            reports = self._intake.admit(
                submission, receipt.channel, receipt.submission, is_correction=True, participant=receipt.participant
            )
        except EventsUnreadError:
            return self._question(request, deed, submission, is_away=True)
        if isinstance(reports, Refusal):
            await self._intake.refuse(reports, receipt.channel, receipt.submission, submission)
            return self._refused(request, deed, reports)
        if not deed.is_confirmed:
            return self._question(request, deed, submission)
        try:
            await self._intake.count(reports, receipt.channel, receipt.submission)
        except NotAcceptedError:
            return self._question(request, deed, submission, is_away=True)
        return self._lead_on(request, deed, submission, reports)

    def _lead_on(self, request: Request, deed: _Deed, submission: Submission, reports: list[LetterReport]) -> Response:
        new = receipt_of(submission, reports, deed.receipt.submission, self._intake.catalogue)
        token = self._receipts.sign(new)
        if token is None:
            return without_receipt(request)
        location = address_to(request, quote(token))
        return Response(None, 303, {"Location": location, "Cache-Control": "no-store"})

    def _refused(self, request: Request, deed: _Deed, refusal: Refusal) -> Response:
        if deed.action == "correct":
            return self._form(request, deed.campaign, deed.typed, [refusal])
        (complaint,) = complaints_of([refusal], reader_for(request))
        return told(request, 422, deed.campaign.title, complaint.sentence)

    def _form(
        self, request: Request, campaign: Campaign, typed: Typed, refusals: Sequence[Refusal] = (), *, back: str = ""
    ) -> Response:
        return page(
            request,
            "correct.html",
            status=422 if refusals else 200,
            campaign=campaign,
            typed=typed,
            events=listed(self._known, campaign.campaign, typed.event),
            unread_event=unread_event(self._known, campaign.campaign, typed.event),
            complaints=complaints_of(refusals, reader_for(request)),
            back=back,
        )

    def _question(self, request: Request, deed: _Deed, submission: Submission, *, is_away: bool = False) -> Response:
        before = [line.letters for line in deed.receipt.lines]
        before += [0] * (len(submission.lines) - len(before))
        rows = [(now.case, was, now.letters) for now, was in zip(submission.lines, before, strict=True)]
        answer = page(
            request,
            "confirm.html",
            status=503 if is_away else 200,
            action=deed.action,
            typed=deed.typed,
            title=deed.campaign.title,
            known=named(deed.campaign),
            event=event_of(self._known, deed.campaign.campaign, deed.typed.event),
            changes=[row for row in rows if row[1] or row[2]],
            is_away=is_away,
        )
        if is_away:
            answer.headers["Retry-After"] = "2"
        return answer


def _is_looked_at(receipt: Receipt, campaign: Campaign) -> bool:
    """Return whether some of it is so much that it counts only once a person has looked."""
    return any(line.letters > campaign.limits.letters_per_line for line in receipt.lines)


def _submission(deed: _Deed) -> Submission | list[Refusal]:
    """Return the correction; a day that was left as it was stays the moment that it was."""
    now, receipt = datetime.now(UTC), deed.receipt
    if deed.action == "withdraw":
        return withdrawn(receipt, now)
    submission = submission_of(deed.typed, deed.campaign, is_correction=True)
    if not isinstance(submission, Submission):
        return submission
    if receipt.written_at is not None and deed.typed.written_at == day_of(receipt.written_at, deed.campaign):
        submission = submission.model_copy(update={"written_at": moment_of(receipt.written_at)})
    return corrected(receipt, submission.model_copy(update={"email": None}), now)
