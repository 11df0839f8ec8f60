"""What holds for every page of a case, a country or an event, on screen, on paper and in the room."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.catalogue import Campaign
from schemas.reader import Reader
from sinks.counters.board import Board
from sinks.counters.languages import READERS
from sinks.counters.wording import moment_in_words
from tests.sinks.counters.place_pages_shown import NOON, PAGES, STEPS, PageOf, board_of, campaign_in, subject
from tests.sinks.counters.test_pages import text_of

each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return campaign_in(tmp_path)


@pytest.fixture
def board() -> Board:
    return board_of(STEPS, {"night": 1234})


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@each_page
def test_every_page_says_its_number_in_every_language(
    page: PageOf, reader: Reader, board: Board, campaign: Campaign
) -> None:
    """The number stands there as the reader writes it, with its moment; nothing is left untranslated or unfilled."""
    of = subject(board, campaign, reader)
    html = page.html(of)
    assert f'<html lang="{reader.language}" dir="{reader.direction}">' in html
    text = text_of(html)
    assert reader.number(page.letters) in text
    assert moment_in_words(reader, datetime.fromtimestamp(NOON / 1000, UTC), "Europe/Warsaw") in text
    assert "%(" not in text
    assert "<river>" not in html
    assert "<night>" not in html
    description = re.search(r'<meta name="description" content="([^"]*)">', html)
    assert description
    assert reader.number(page.letters) in description[1]
    assert '<link rel="canonical" href="?campaign=c">' in html
    assert "noindex" not in html
    assert f'href="{page.root}page/counter.css?v=' in html


@each_page
def test_before_anything_is_known_no_number_is_made_up(page: PageOf, campaign: Campaign) -> None:
    """While the board is catching up a page says that its number is not known yet."""
    of = subject(Board(1), campaign)._replace(pace=None)
    html = page.html(of)
    assert "not known yet</strong>" in html
    assert not re.search(r"<data[^>]*>\d", html)
    assert f"{page.letters:,}" not in text_of(html)


def test_old_numbers_are_called_old(board: Board, campaign: Campaign) -> None:
    """Every page says in words how old its numbers are, the printed one too."""
    of = subject(board, campaign)
    late = of._replace(showing=of.showing._replace(now_ms=NOON + int(timedelta(minutes=10).total_seconds() * 1000)))
    for name, page in PAGES.items():
        assert "complete 10 minutes ago" in text_of(page.html(late)), name
