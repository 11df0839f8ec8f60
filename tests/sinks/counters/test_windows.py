"""Times of a campaign that have a name, and what their page says before, in, after and long after them."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.catalogue import Campaign, CatalogueError, load_catalogue
from schemas.reader import Reader
from sinks.counters.board import Board
from sinks.counters.languages import READERS
from sinks.counters.minutes import REMEMBERED_MINUTES, Minutes
from sinks.counters.rates import Moment, minute_at
from sinks.counters.rendering import rendered
from sinks.counters.window_page import window_page
from sinks.counters.windows import windows_of
from sinks.counters.world_page import Showing
from tests.sinks.counters.conftest import CAMPAIGN
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.test_minutes import emitted
from tests.sinks.counters.test_pages import text_of

WINDOWS = """
[[windows]]
window = "marathon"
name = "From <noon> to noon"
opens = 2026-12-12T12:00:00
closes = 2026-12-13T12:00:00

[[windows]]
window = "a-day"
name = "A whole day"
opens = 2026-12-12
closes = 2026-12-12
"""
NOON = datetime(2026, 12, 12, 11, tzinfo=UTC)
"""Of Warsaw, where the campaign is."""


def campaign_of(folder: Path, text: str) -> Campaign:
    (folder / "campaign.toml").write_text(text)
    return load_catalogue(folder / "campaign.toml").campaigns["w4r-2026"]


def page_at(now: datetime, campaign: Campaign, reader: Reader = READERS["en"]) -> str:
    """Return the marathon's page as of a moment: 5 letters came before its noon, 7 at noon, 9 in its last minute."""
    board = Board(1)
    board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0]})
    now_ms = int(now.timestamp() * 1000)
    for record in Emitter(states_of([])).emit(0, as_of=now_ms, is_keyframe=True):
        board.put(record)
    minutes = Minutes()
    minutes.remember(minute_at(now) - REMEMBERED_MINUTES, 1)
    noon = minute_at(NOON)
    came = [(noon - 1, "case-1", "FR", 5), (noon, "case-1", "FR", 7), (noon + 24 * 60 - 1, "case-2", "PL", 9)]
    for tally in emitted([one for one in came if one[0] <= minute_at(now)], 0, random.Random(1)):
        minutes.put(tally)
    showing = Showing(board, "w4r-2026", campaign, None, now_ms, 90_000)
    marathon = next(one for one in windows_of(campaign) if one.window == "marathon")
    said = window_page(showing, reader, marathon, Moment(minutes, "w4r-2026", 1, now_ms))
    return rendered(reader, "window.html", root="../", in_language=lambda _: "?", link=lambda **_: "?", **said)


@pytest.mark.parametrize(
    ("after", "letters", "words"),
    [
        (timedelta(hours=-1), None, "It has not begun yet."),
        (timedelta(hours=1), 7, "It is on now."),
        (timedelta(hours=24), 16, "It is over."),
        (timedelta(hours=71), 16, "It is over."),
        (timedelta(hours=73), None, "longer ago than these counters remember"),
    ],
)
def test_a_window_says_what_came_in_it(tmp_path: Path, after: timedelta, letters: int | None, words: str) -> None:
    """Only letters of the window are told, while it is on and as long as all of it is remembered, and how it stands."""
    html = page_at(NOON + after, campaign_of(tmp_path, CAMPAIGN + WINDOWS))
    found = re.search(r'id="window"><data class="n" value="(\d+)"', html)
    assert (int(found[1]) if found else None) == letters
    assert words in text_of(html)
    assert "From &lt;noon&gt; to noon" in html


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_every_language_says_it(tmp_path: Path, reader: Reader) -> None:
    """The page of a window speaks each language, its numbers and its countries."""
    html = page_at(NOON + timedelta(hours=30), campaign_of(tmp_path, CAMPAIGN + WINDOWS), reader)
    text = text_of(html)
    assert reader.number(16) in text
    assert reader.country("PL") in text
    assert ("It is over" in text) is (reader.language == "en")


def test_a_day_ends_with_its_last_minute(tmp_path: Path) -> None:
    """A window of plain dates has all minutes of its days; Human Rights Day has 50 hours."""
    windows = {one.window: one.minutes for one in windows_of(campaign_of(tmp_path, CAMPAIGN + WINDOWS))}
    lengths = {name: minutes.last - minutes.first for name, minutes in windows.items()}
    assert lengths == {"human-rights-day": 50 * 60, "marathon": 24 * 60, "a-day": 24 * 60}


@pytest.mark.parametrize(
    ("wrong", "line", "said"),
    [
        (("closes = 2026-12-13T12:00:00", "closes = 2026-12-12T12:00:00"), "closes", "a moment after opens"),
        (("closes = 2026-12-13T12:00:00", "closes = 2026-12-15T12:00:01"), "closes", "at most 72 hours"),
        (('window = "a-day"', 'window = "marathon"'), 'window = "marathon"', "stands here twice"),
        (('window = "a-day"', 'window = "human-rights-day"'), "human-rights-day", "is there already"),
    ],
)
def test_a_wrong_window_is_named(tmp_path: Path, wrong: tuple[str, str], line: str, said: str) -> None:
    """A window that ends before it begins, or that has another one's name, is told with its line."""
    text = CAMPAIGN + WINDOWS.replace(*wrong)
    with pytest.raises(CatalogueError, match=said) as error:
        campaign_of(tmp_path, text)
    number = int(str(error.value).split(":")[1])
    assert line in text.splitlines()[number - 1]
