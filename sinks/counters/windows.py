"""The times of a campaign that have a name: those of its file, and Human Rights Day wherever on Earth it is. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from schemas.catalogue import HUMAN_RIGHTS_DAY, Campaign
from schemas.reader import Reader
from sinks.counters.history import Window
from sinks.counters.human_rights_day import span_of
from sinks.counters.rates import minute_at

_ALMOST_A_MINUTE: Final = timedelta(minutes=1, microseconds=-1)
"""Who writes that it ends at 23:59:59 means the whole of that minute."""


class NamedWindow(NamedTuple):
    """A time with a name; Human Rights Day has none but in the reader's language."""

    window: str
    name: str | None
    begins: datetime
    ends: datetime

    @property
    def minutes(self) -> Window:
        """Its minutes."""
        return Window(minute_at(self.begins), minute_at(self.ends + _ALMOST_A_MINUTE))


def windows_of(campaign: Campaign) -> Sequence[NamedWindow]:
    """Return the campaign's windows, Human Rights Day first."""
    named = [
        NamedWindow(one.window, one.name, campaign.at(one.opens), campaign.at(one.closes)) for one in campaign.windows
    ]
    return [NamedWindow(HUMAN_RIGHTS_DAY, None, *span_of(campaign.day)), *named]


def name_of(window: NamedWindow, reader: Reader) -> str:
    """Return what a window is called."""
    return window.name or reader.translations.gettext("Human Rights Day, wherever on Earth it is")
