"""What the page of a case, a country or an event says, from a board that the tests have filled."""

import json
import re
from pathlib import Path

import pytest

from schemas.catalogue import Campaign
from sinks.counters.board import Board
from sinks.counters.form_link import form_link
from sinks.counters.languages import READERS
from sinks.counters.ledger import NOTHING
from sinks.counters.place_pages import MOST_ON_SHEET, case_page, country_page, event_page
from sinks.counters.showing import rank_of
from tests.sinks.counters.place_pages_shown import STEPS, board_of, campaign_in, html_of, subject
from tests.sinks.counters.test_pages import text_of


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return campaign_in(tmp_path)


@pytest.fixture
def board() -> Board:
    return board_of(STEPS, {"night": 1234})


def test_a_case_says_who_from_where_and_what_is_next(board: Board, campaign: Campaign) -> None:
    """Name, country, line, milestones with those that are reached, pace, and the countries, the unknown one last."""
    of = subject(board, campaign)
    html = html_of("case.html", of, case_page(of, "case-1"), form="https://letters.example.org/form")
    text = text_of(html)
    for words in (
        "Ana Example",
        "Mexico",
        "Defends a &lt;river&gt;",
        "Goal: 9,000",
        "Today (UTC+01:00)",
        "Countries : 2",
    ):
        assert words in text.replace("Countries:", "Countries :"), words
    assert re.findall(r'data-letters="(\d+)">[\d,]+<span( hidden)?>', html) == [
        ("4", ""),
        ("3000", ""),
        ("9000", " hidden"),
    ]
    rows = re.findall(r'data-scope="case-country" data-member="case-1:(..)".*?value="(\d+)"', html, re.DOTALL)
    assert rows == [("FR", "2000"), ("PL", "1"), ("ZZ", "2000")]
    assert re.search(r'class="step-4" href="[^"]*#FR"', html)
    assert re.search(r'class="step-0" href="[^"]*#AT"', html)
    assert 'id="last-minute">12<' in html
    assert 'href="https://letters.example.org/form/w4r-2026?event=night"' in html
    facts = json.loads(html.partition('id="facts">')[2].partition("</script>")[0])
    assert facts["scopes"] == ["case", "case-country"]
    assert [bool(re.search(facts["watched"], key)) for key in ("case/case-1", "case-country/case-1:PL")] == [True, True]
    for other in ("case/case-11", "case/case-2", "case-country/case-2:PL", "world/all"):
        assert not re.search(facts["watched"], other)


def test_a_country_says_its_cases_and_its_rank(board: Board, campaign: Campaign) -> None:
    """All cases of the campaign stand there, those without letters with 0; countries alike share a rank."""
    of = subject(board, campaign, place=("country", "PL"))
    html = html_of("country.html", of, country_page(of, "PL"))
    assert "Rank among countries: 2 of 3" in text_of(html)
    assert re.findall(r'data-member="(case-\d):PL".*?value="(\d+)"', html, re.DOTALL) == [
        ("case-1", "1"),
        ("case-2", "6"),
        ("case-3", "0"),
    ]
    assert "Next milestone: 50" in text_of(html)
    assert 'data-member="&lt;b&gt;:PL"' in html
    assert rank_of({("country", "A"): (5, 1), ("country", "B"): (5, 1), ("country", "C"): (4, 1)}, "C") == (3, 3)
    assert rank_of({("country", "A"): (5, 1), ("country", "B"): (5, 1)}, "B") == (1, 2)
    assert rank_of(board.totals("w4r-2026"), "ZZ") is None
    assert rank_of(board.totals("w4r-2026"), "TR") is None


def test_what_is_known_and_has_no_letters_has_none(campaign: Campaign) -> None:
    """Cases, countries and events that nobody has written for, or that corrections brought below zero, show 0."""
    quiet = board_of(STEPS)
    for template, fill, place in (
        ("case.html", case_page, ("case", "case-3")),
        ("country.html", country_page, ("country", "JP")),
        ("country.html", country_page, ("country", "TR")),
        ("event.html", event_page, ("event", "night")),
        ("room.html", event_page, ("event", "night")),
    ):
        of = subject(quiet, campaign, place=place)
        html = html_of(template, of, fill(of, place[1]))
        assert re.search(rf'data-member="{place[1]}"[^>]*><data class="n" value="0">0</data>', html), place
    of = subject(quiet, campaign, place=("case", "case-3"))
    assert "No letters yet." in text_of(html_of("sheet.html", of, case_page(of, "case-3")))


def test_what_does_not_exist_has_no_page(board: Board, campaign: Campaign) -> None:
    """Neither a typing error nor "no event" is a place."""
    of = subject(board, campaign)
    assert case_page(of, "case-x") is None
    assert country_page(of, "XX") is None
    assert country_page(of, "fr") is None
    assert event_page(of, "x") is None
    assert event_page(of, "none") is None


def test_what_only_the_board_knows_has_a_page(board: Board) -> None:
    """Without a campaign file a case, a country and an event are shown by their ids, as text."""
    of = subject(board, None)
    assert "<h1><bdi>&lt;b&gt;</bdi></h1>" in html_of("case.html", of, case_page(of, "<b>"))
    assert "<h1>Poland</h1>" in html_of("country.html", of, country_page(of, "PL"))
    assert "<h1><bdi>night</bdi></h1>" in html_of("event.html", of, event_page(of, "night"))


def test_a_sheet_tells_countries_that_have_no_room_together(campaign: Campaign) -> None:
    """With letters from everywhere the sheet has so many lines, and one for all the others: they sum to the total."""
    codes = [code for code, _ in READERS["en"].countries]
    board = board_of([("w4r-2026", "case-1", code, 1000 - number, 1) for number, code in enumerate(codes)])
    of = subject(board, campaign)
    html = html_of("sheet.html", of, case_page(of, "case-1"))
    lines = re.findall(r"<li><span>([^<]*)</span> <span class=\"n\">([\d,]+)</span></li>", html)
    assert len(lines) == MOST_ON_SHEET + 1
    assert lines[-1][0] == f"Other countries: {len(codes) - MOST_ON_SHEET}"
    total, _ = board.totals("w4r-2026").get(("case", "case-1"), NOTHING)
    assert sum(int(letters.replace(",", "")) for _, letters in lines) == total


def test_the_code_leads_to_the_form_of_the_event(board: Board, campaign: Campaign) -> None:
    """The screen in the room has a QR code where the form's address is known, and no mention of a form else."""
    link = form_link("https://letters.example.org/form/", "w4r-2026", "night", "ar")
    assert link
    assert link.address == "https://letters.example.org/form/w4r-2026?event=night&lang=ar"
    assert form_link(None, "w4r-2026", "night", None) is None
    of = subject(board, campaign)
    with_code = html_of("room.html", of, event_page(of, "night"), "../../", "https://letters.example.org/form")
    assert "<svg" in with_code
    assert "style=" not in with_code  # which the page's own policy would not let through
    without = html_of("room.html", of, event_page(of, "night"), "../../")
    assert "<svg" not in without
    assert "Report" not in text_of(without)
