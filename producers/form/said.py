"""Pages that say one thing."""

import math
from datetime import datetime

from fastapi import Request, Response

from producers.form.rendering import page, reader_for
from schemas.catalogue import Campaign


def told(request: Request, status: int, heading: str, sentence: str) -> Response:
    """Return a page that says one thing."""
    return page(request, "told.html", status=status, heading=heading, sentence=sentence)


def no_such_campaign(request: Request) -> Response:
    """Say that the campaign is unknown."""
    t = reader_for(request).translations
    return told(
        request, 404, t.gettext("There is no such campaign"), t.gettext("Check the link that brought you here.")
    )


def no_such_event(request: Request) -> Response:
    """Say that the campaign is known, and the event is not."""
    t = reader_for(request).translations
    sentence = t.gettext("This campaign knows no event of that name. Ask the organisers.")
    return told(request, 404, t.gettext("There is no such event"), sentence)


def not_known_yet(request: Request) -> Response:
    """Say that nobody can tell yet whether there is such an event, since the registered ones have not been read."""
    t = reader_for(request).translations
    sentence = t.gettext("We cannot tell just now whether there is such an event.")
    answer = told(request, 503, t.gettext("Please try again in a moment"), sentence)
    answer.headers["Retry-After"] = "2"
    return answer


def no_such_receipt(request: Request) -> Response:
    """Say that a link is not one of ours, or not whole."""
    t = reader_for(request).translations
    sentence = t.gettext("This link is not complete, or it is not one of ours. Copy the whole link and try again.")
    return told(request, 404, t.gettext("There is no such receipt"), sentence)


def closed(request: Request, campaign: Campaign, now: datetime) -> Response:
    """Say that the campaign takes no reports, and since or until when."""
    reader = reader_for(request)
    t = reader.translations
    if now < campaign.at(campaign.opens):
        moment = reader.moment(campaign.at(campaign.opens), campaign.time_zone)
        sentence = t.gettext("Letters can be reported from %(moment)s on.") % {"moment": moment}
    else:
        sentence = t.gettext("This campaign is over; nothing can be reported or changed any more.")
    return told(request, 200, campaign.title, sentence)


def unreadable(request: Request, status: int) -> Response:
    """Say that what the browser sent is no form of ours; a slow sender's connection is closed."""
    t = reader_for(request).translations
    sentence = t.gettext("This form could not be read. Open it again and fill it in anew.")
    answer = told(request, status, t.gettext("Please look again"), sentence)
    answer.headers["Connection"] = "close"
    return answer


def no_room(request: Request) -> Response:
    """Say that so much is being received that this could not be."""
    t = reader_for(request).translations
    sentence = t.gettext(
        "So much is being sent at this moment that this could not be saved. Go back and send it again in a moment. It "
        "will be counted once."
    )
    return _to_wait(request, 503, 2, sentence)


def too_often(request: Request, wait_seconds: float) -> Response:
    """Say that too much was sent from where the reader is; the wait is a minute at most."""
    t = reader_for(request).translations
    sentence = t.gettext(
        "Too much was sent from your network within a short time, so this was not saved. Go back and send it again in "
        "a minute. It will be counted once."
    )
    return _to_wait(request, 429, math.ceil(wait_seconds), sentence)


def _to_wait(request: Request, status: int, seconds: int, sentence: str) -> Response:
    """Say to try again; the connection is closed, since the body may not have been read."""
    answer = told(request, status, reader_for(request).translations.gettext("Please try again in a moment"), sentence)
    answer.headers.update({"Retry-After": str(seconds), "Connection": "close"})
    return answer


def looked_at(request: Request) -> Response:
    """Say thanks where a person has to look first, since the browser proved nothing."""
    t = reader_for(request).translations
    sentence = t.gettext(
        "A person looks at it before it is counted, since your browser could not show that it is not a program. You "
        "need not do anything."
    )
    return told(request, 200, t.gettext("Thank you, we have your report"), sentence)


def without_receipt(request: Request) -> Response:
    """Say thanks where there are too many lines for a link."""
    t = reader_for(request).translations
    sentence = t.gettext("It is too long for a receipt. If something in it is wrong, ask the organisers.")
    return told(request, 200, t.gettext("Thank you, we have your report"), sentence)
