"""The pages of cases, countries and events as HTML, from a board that the tests have filled."""

import json
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schemas.catalogue import Campaign, load_catalogue
from schemas.reader import Reader
from sinks.counters.board import Board, Place
from sinks.counters.form_link import form_link
from sinks.counters.languages import READERS
from sinks.counters.ledger import NOTHING
from sinks.counters.minutes import Minutes
from sinks.counters.place_pages import MOST_ON_SHEET, Subject, case_page, country_page, event_page
from sinks.counters.rates import Moment, place_pace_of
from sinks.counters.rendering import rendered
from sinks.counters.showing import rank_of
from sinks.counters.wording import moment_in_words
from sinks.counters.world_page import Showing
from tests.sinks.counters.conftest import CAMPAIGN
from tests.sinks.counters.emitter import Emitter, Step, states_of
from tests.sinks.counters.test_minutes import emitted
from tests.sinks.counters.test_pages import text_of

NOON = int(datetime(2026, 12, 10, 12, tzinfo=UTC).timestamp() * 1000)
LIMIT = 90_000
TEXT = (
    (
        CAMPAIGN.replace('case = "case-1"\n', 'case = "case-1"\nmilestones = [4, 3000]\ngoal = 9000\n')
        .replace("goal = 1000\n", "goal = 1000\ncountry_milestones = [5, 50]\n")
        .replace("Defends a river", "Defends a <river>")
    )
    + """
[[events]]
event = "night"
name = "A <night> of letters"
place = "Łódź"
country = "PL"
date = 2026-12-10
"""
)
STEPS: list[Step] = [
    ("w4r-2026", "case-1", "FR", 2000, 1),
    ("w4r-2026", "case-1", "ZZ", 2000, 1),
    ("w4r-2026", "case-1", "PL", 1, 1),
    ("w4r-2026", "case-2", "PL", 6, 1),
    ("w4r-2026", "case-2", "AT", 7, 1),
    ("w4r-2026", "case-3", "TR", 5, 1),
    ("w4r-2026", "case-3", "TR", -8, 0),
    ("w4r-2026", "<b>", "FR", 30, 1),
]


class PageOf(NamedTuple):
    """A kind of page, one of its kind, and the letters that it tells."""

    template: str
    fill: Callable[[Subject, str], dict[str, Any] | None]
    member: str
    letters: int
    root: str = "../"

    def html(self, of: Subject) -> str:
        return html_of(self.template, of, self.fill(of, self.member), self.root)


PAGES = {
    "case": PageOf("case.html", case_page, "case-1", 4001),
    "sheet": PageOf("sheet.html", case_page, "case-1", 4001, "../../"),
    "country": PageOf("country.html", country_page, "FR", 2030),
    "event": PageOf("event.html", event_page, "night", 1234),
    "room": PageOf("room.html", event_page, "night", 1234, "../../"),
}
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    path = tmp_path / "campaign.toml"
    path.write_text(TEXT)
    return load_catalogue(path).campaigns["w4r-2026"]


def board_of(steps: list[Step], events: dict[str, int] | None = None) -> Board:
    """Return a board of these letters, some of them at events."""
    board = Board(1)
    board.put({"epoch": 1, "log_id": "log", "opened_at": 0, "complete_at": [0]})
    states = states_of(steps)
    for event, letters in (events or {}).items():
        states[-1]["w4r-2026", "event", event] = (letters, 1)
        none = states[-1]["w4r-2026", "event", "none"]
        states[-1]["w4r-2026", "event", "none"] = (none[0] - letters, none[1] - 1)
    for record in Emitter(states).emit(len(steps), as_of=NOON):
        board.put(record)
    return board


@pytest.fixture
def board() -> Board:
    return board_of(STEPS, {"night": 1234})


def subject(
    board: Board, campaign: Campaign | None, reader: Reader = READERS["en"], place: Place = ("case", "case-1")
) -> Subject:
    minutes = Minutes()
    minutes.remember(NOON // 60_000 - 300, 1)
    history = [(NOON // 60_000 - 1, "case-1", "FR", 12), (NOON // 60_000 - 30, "case-2", "PL", 7)]
    for tally in emitted(history, 0, random.Random(1)):
        minutes.put(tally)
    pace = place_pace_of(Moment(minutes, "w4r-2026", 1, NOON), place, "Europe/Warsaw")
    showing = Showing(board, "w4r-2026", campaign, None, NOON, LIMIT)
    return Subject(showing, reader, pace if place[0] != "event" else None, "../")


def html_of(
    template: str, of: Subject, said: dict[str, object] | None, root: str = "../", form: str | None = None
) -> str:
    assert said is not None
    link = form_link(form, "w4r-2026", "night", None)
    return rendered(
        of.reader, template, root=root, form=link, in_language=lambda _: "?", link=lambda **_: "?campaign=c", **said
    )


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
