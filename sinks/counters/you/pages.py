"""`/you/TOKEN`: the letters of a receipt beside everybody's; whoever has the receipt's link may see them."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from schemas.catalogue import Limits
from schemas.reader import Reader
from schemas.receipt import Receipt, Receipts
from schemas.tally import WORLD_MEMBER
from sinks.counters.answers import Sources
from sinks.counters.languages import reader_for
from sinks.counters.pages import showing_of
from sinks.counters.rendering import page
from sinks.counters.showing import shown
from sinks.counters.world_page import Showing, heading
from sinks.counters.you.own import Own, own_letters
from sinks.counters.you.stored import OwnReports

_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


class OwnPages:
    """Shows the letters of who has a receipt."""

    def __init__(self, sources: Sources, receipts: Receipts, own: OwnReports) -> None:
        self._sources, self._receipts, self._own = sources, receipts, own

    def add_to(self, app: FastAPI) -> None:
        """Add the route."""
        app.add_route("/you/{token}", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Show what stands of what was reported with the receipt, and where that is among the others."""
        receipt = self._receipts.read(request.path_params["token"])
        if receipt is None:
            return _private(page(request, "no_receipt.html", status=404, root="../"))
        showing = showing_of(self._sources, receipt.campaign)
        stored = await self._own.of(receipt)
        limits = showing.campaign.limits if showing.campaign else Limits()  # type: ignore[call-arg]  # all have defaults
        own = own_letters(receipt, stored or [], limits.letters_per_line)
        said = own_page(showing, reader_for(request), receipt, own, is_complete=stored is not None)
        return _private(page(request, "you.html", root="../", **said))


def own_page(showing: Showing, reader: Reader, receipt: Receipt, own: Own, *, is_complete: bool) -> dict[str, Any]:
    """Return what the template `you.html` says. Pure."""
    named = {case.case: case.name for case in showing.campaign.cases} if showing.campaign else {}
    cases = [*named, *sorted(own.counted.keys() - named.keys())]
    totals = showing.totals
    return {
        **heading(showing, reader),
        "letters": sum(own.counted.values()),
        "waiting": sum(own.waiting.values()),
        "cases": [
            (named.get(case, case), own.counted[case], shown(totals, ("case", case)))
            for case in cases
            if case in own.counted
        ],
        "country": reader.country(receipt.country),
        "country_letters": shown(totals, ("country", receipt.country)),
        "world_letters": shown(totals, ("world", WORLD_MEMBER)),
        "campaign": showing.name,
        "is_complete": is_complete,
    }


def _private(answer: Response) -> Response:
    answer.headers.update(_PRIVATE)
    return answer
