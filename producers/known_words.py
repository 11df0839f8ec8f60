"""The words that organisers have chosen themselves: they name no sender, whatever they look like. Pure."""

from producers.known_events import EventsUnreadError, KnowsEvent
from schemas.catalogue import Catalogue


def known_words(catalogue: Catalogue, knows_event: KnowsEvent, campaign: str, event: str | None) -> frozenset[str]:
    """Return the campaigns, and of this campaign the cases, and the event if it is one of its events."""
    found = catalogue.campaigns.get(campaign)
    if found is None:
        return frozenset(catalogue.campaigns)
    words = {*catalogue.campaigns, *(case.case for case in found.cases)}
    try:
        if event and knows_event(campaign, event):
            words.add(event)
    except EventsUnreadError:  # then it is judged by what it looks like
        pass
    return frozenset(words)
