"""What an embed is of, in the reader's words. Pure; time is a parameter."""

from datetime import UTC, datetime
from typing import NamedTuple

from schemas.catalogue import Campaign
from schemas.reader import Reader
from schemas.report import NO_EVENT
from schemas.tally import Place
from sinks.counters.board import Board
from sinks.counters.ledger import NOTHING
from sinks.counters.wording import moment_in_words


class Subject(NamedTuple):
    """A total as it is shown: never below zero, and None while it is not known."""

    campaign: str
    title: str
    time_zone: str
    place: Place
    label: str
    letters: int | None
    as_of: datetime | None
    is_stale: bool

    def number(self, reader: Reader) -> str:
        """Return the number in words and digits: that it is not known yet, or stale, stands beside it."""
        _ = reader.translations.gettext
        if self.letters is None:
            return _("not known yet")
        number = reader.number(self.letters)
        return _("%(number)s (not new)") % {"number": number} if self.is_stale else number

    def moment(self, reader: Reader) -> str:
        """Return when the number was complete."""
        if self.as_of is None:
            return ""
        moment = moment_in_words(reader, self.as_of, self.time_zone)
        return reader.translations.gettext("As of %(moment)s") % {"moment": moment}


def subject_of(board: Board, campaign: Campaign, place: Place, reader: Reader, clock: tuple[int, int]) -> Subject:
    """Return a total of a campaign; `clock` is now and how old fresh numbers may be, in milliseconds."""
    as_of = board.as_of
    letters, _ = board.totals(campaign.campaign).get(place, NOTHING)
    return Subject(
        campaign.campaign,
        campaign.title,
        campaign.time_zone,
        place,
        label_of(campaign, place, reader),
        None if as_of is None else max(0, letters),
        None if as_of is None else datetime.fromtimestamp(as_of / 1000, UTC),
        board.is_stale(*clock),
    )


def label_of(campaign: Campaign, place: Place, reader: Reader) -> str:
    """Return what a total is called."""
    _ = reader.translations.gettext
    scope, member = place
    if scope == "world":
        return _("Letters written")
    if scope == "case":
        return _("Letters for %(name)s") % {"name": _case(campaign, member)}
    if scope == "case-country":
        case, _colon, country = member.partition(":")
        name = f"{_case(campaign, case)} · {reader.country(country)}"
        return _("Letters for %(name)s") % {"name": name}
    if scope == "country":
        member = reader.country(member)
    elif scope == "event":
        member = _event(campaign, member, _("without an event"))
    return _("Letters: %(name)s") % {"name": member}


def _case(campaign: Campaign, member: str) -> str:
    return next((case.name for case in campaign.cases if case.case == member), member)


def _event(campaign: Campaign, member: str, no_event: str) -> str:
    if member == NO_EVENT:
        return no_event
    return next((event.name for event in campaign.events if event.event == member), member)
