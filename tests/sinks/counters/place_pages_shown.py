"""The pages of cases, countries and events as HTML, for the tests to look at, from a board that they fill."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from schemas.catalogue import Campaign, load_catalogue
from schemas.reader import Reader
from schemas.tally import Place
from sinks.counters.board import Board
from sinks.counters.form_link import form_link
from sinks.counters.languages import READERS
from sinks.counters.minutes import Minutes
from sinks.counters.place_pages import Subject, case_page, country_page, event_page
from sinks.counters.rates import Moment, place_pace_of
from sinks.counters.rendering import rendered
from sinks.counters.world_page import Showing
from tests.sinks.counters.conftest import CAMPAIGN
from tests.sinks.counters.emitter import Emitter, Step, states_of
from tests.sinks.counters.test_minutes import emitted

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


def campaign_in(folder: Path) -> Campaign:
    path = folder / "campaign.toml"
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
        of.reader,
        template,
        root=root,
        form=link,
        discovery="",
        in_language=lambda _: "?",
        link=lambda **_: "?campaign=c",
        **said,
    )
