"""The pages as HTML, from a board that the tests have filled."""

import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import sinks.counters
from schemas.catalogue import Campaign, load_catalogue
from schemas.reader import SOURCE_LANGUAGE, Reader
from sinks.counters.board import Board
from sinks.counters.languages import READERS
from sinks.counters.minutes import Minutes
from sinks.counters.rates import Moment, rates_of
from sinks.counters.rendering import rendered
from sinks.counters.wording import clock, moment_in_words
from sinks.counters.world_page import Showing, world_page
from tests.sinks.counters.conftest import CAMPAIGN
from tests.sinks.counters.emitter import Emitter, states_of
from tests.sinks.counters.test_minutes import emitted
from tests.translations import check_complete, check_placeholders, said_by, translated

LANGUAGES = [language for language in READERS if language != SOURCE_LANGUAGE]
NOON = int(datetime(2026, 12, 10, 12, tzinfo=UTC).timestamp() * 1000)
LIMIT = 90_000
MILESTONES = CAMPAIGN.replace('case = "case-1"\n', 'case = "case-1"\nmilestones = [4, 3000]\ngoal = 9000\n')
STEPS = [
    ("w4r-2026", "case-1", "FR", 2000, 1),
    ("w4r-2026", "case-2", "PL", 7, 1),
    ("w4r-2026", "case-2", "AT", 6, 1),
    ("w4r-2026", "<b>", "ZZ", 30, 1),
    ("w4r-2026", "case-3", "TR", 5, 1),
    ("w4r-2026", "case-3", "TR", -8, 0),
]


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    path = tmp_path / "campaign.toml"
    path.write_text(MILESTONES)
    return load_catalogue(path).campaigns["w4r-2026"]


@pytest.fixture
def board() -> Board:
    board = Board(1)
    board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0]})
    for record in Emitter(states_of(STEPS)).emit(len(STEPS), as_of=NOON):
        board.put(record)
    return board


def showing(board: Board, campaign: Campaign | None, age_ms: int = 0) -> Showing:
    minutes = Minutes()
    minutes.remember(NOON // 60_000 - 300, 1)
    history = [(NOON // 60_000 - 1, "case-1", "FR", 12), (NOON // 60_000 - 30, "case-2", "PL", 7)]
    for tally in emitted(history, 0, random.Random(1)):
        minutes.put(tally)
    rates = rates_of(Moment(minutes, "w4r-2026", 1, NOON), "Europe/Warsaw")
    return Showing(board, "w4r-2026", campaign, rates, NOON + age_ms, LIMIT)


def page_of(showing: Showing, reader: Reader = READERS["en"], **said: str) -> str:
    said = {"sort": "letters"} | said
    shown = world_page(showing, reader, said["sort"])  # type: ignore[arg-type]  # one of the two
    return rendered(
        reader,
        "world.html",
        root="",
        discovery="",
        history=None,
        in_language=lambda _: "?",
        link=lambda **_: "?",
        **shown,
    )


def text_of(html: str) -> str:
    """Return what a person reads, with one space between."""
    words = re.sub(r"<script.*?</script>|<template.*?</template>|<[^>]*>", " ", html, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", words)  # a number keeps the narrow spaces in it


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated(language: str) -> None:
    """A language has every message of the pages, with the same gaps, and no other one."""
    said: Catalog = said_by(sinks.counters)
    assert len(said) > 50
    check_complete(said, translated(sinks.counters, language), language)
    check_placeholders(translated(sinks.counters, language))


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_every_language_says_every_number(reader: Reader, board: Board, campaign: Campaign) -> None:
    """World, cases, countries and rates stand in the HTML in the reader's way of writing numbers."""
    html = page_of(showing(board, campaign), reader)
    assert f'<html lang="{reader.language}" dir="{reader.direction}">' in html
    text = text_of(html)
    assert reader.number(2040) in text  # 2000 + 7 + 6 + 30 + 5 - 8
    assert reader.number(2000) in text
    assert reader.country("FR") in text
    assert moment_in_words(reader, datetime.fromtimestamp(NOON / 1000, UTC), "Europe/Warsaw") in text
    assert "%(" not in text


def test_arabic_is_read_from_the_right() -> None:
    """Arabic alone turns the page round."""
    assert [language for language, reader in READERS.items() if reader.direction == "rtl"] == ["ar"]


def test_what_others_wrote_is_escaped(board: Board, campaign: Campaign) -> None:
    """Titles, names and ids of members are text, never tags, in the HTML as in what the script reads."""
    html = page_of(showing(board, campaign))
    assert "Write for &lt;Rights&gt; 2026" in html
    assert "<Rights>" not in html
    assert "<bdi>&lt;b&gt;</bdi></a></b>" in html
    facts = json.loads(html.partition('id="facts">')[2].partition("</script>")[0])
    assert facts["cases"]["<b>"] == "<b>"


def test_nothing_is_shown_below_zero(board: Board, campaign: Campaign) -> None:
    """A case that corrections have brought below zero shows zero, its country is not in the table, nor on the map."""
    html = page_of(showing(board, campaign))
    assert re.search(r'data-member="case-3">.*?<data class="n" value="0">0</data>', html, re.DOTALL)
    assert 'data-member="TR"' not in html
    assert re.search(r'class="step-0" href="[^"]*#TR"', html)
    assert re.search(r'class="step-4" href="[^"]*#FR"', html)


def test_milestones_say_what_is_next(board: Board, campaign: Campaign) -> None:
    """The world has its goal reached, a case its next milestone, and a case without any has none."""
    text = text_of(page_of(showing(board, campaign)))
    assert "The goal is reached: 1,000" in text
    assert "Next milestone: 3,000" in text
    assert text.count("milestone") == 1


def test_countries_are_sorted_by_letters_or_by_name(board: Board, campaign: Campaign) -> None:
    """The table says how it is sorted; the unknown country is the last either way and counts as none."""
    for sort, order in (("letters", ["FR", "PL", "AT", "ZZ"]), ("name", ["AT", "FR", "PL", "ZZ"])):
        html = page_of(showing(board, campaign), sort=sort)
        assert re.findall(r'data-scope="country" data-member="(..)"', html) == order
        assert html.count('aria-sort="none"') == 1
        assert '<span id="how-many">3</span>' in html


def test_old_numbers_are_called_old(board: Board, campaign: Campaign) -> None:
    """A page says in words how old its numbers are once that is older than it ever is while all is well."""
    assert "Counted just now." in text_of(page_of(showing(board, campaign, LIMIT)))
    html = page_of(showing(board, campaign, 10 * 60_000))
    assert "These numbers are not new: they were complete 10 minutes ago." in text_of(html)
    assert 'role="status" class="alarm"' in html


def test_before_anything_is_known_no_number_is_made_up(campaign: Campaign) -> None:
    """While the board is catching up the page says so, the world is not known yet, and what has no number is hidden."""
    html = page_of(Showing(Board(1), "w4r-2026", campaign, None, NOON, LIMIT))
    assert ">not known yet</strong>" in html
    assert "not complete yet" in html
    assert not re.search(r"<data[^>]*>\d", html)
    for section in ("rates", "latest", "moved-country", "moved-case"):
        assert re.search(f'id="{section}" hidden', html)


def test_a_campaign_without_a_file_has_its_numbers(board: Board) -> None:
    """What only the board knows is shown by its ids, without goal and without a day."""
    html = page_of(showing(board, None))
    assert '<data class="n" value="2040">2,040</data>' in html
    assert "<h1><bdi>w4r-2026</bdi></h1>" in html
    assert 'id="day"' not in html
    assert "Goal" not in text_of(html)


def test_the_clock_says_its_zone() -> None:
    """A time of day names its distance from UTC, which needs no translation."""
    assert clock(datetime(2026, 12, 10, 12, tzinfo=UTC), "UTC") == "12:00:00 UTC"
    assert clock(datetime(2026, 12, 10, 12, tzinfo=UTC), "Europe/Warsaw") == "13:00:00 UTC+01:00"
    assert clock(datetime(2026, 12, 10, 12, tzinfo=UTC) + timedelta(seconds=5), "Asia/Kolkata") == "17:30:05 UTC+05:30"
