"""The counters' page in a real browser, on a stack that runs."""

import re
import uuid

import pytest
from playwright.sync_api import Browser

from schemas.report import LetterReport
from tests.browser.shown import Shown
from tests.counting import produce
from tests.stacks import BODY, Up, wait_for

CASES = ("amara", "ilya", "rosa", "thandi")


def report(report_id: str, revision: int, letters: int) -> LetterReport:
    return {
        "report_id": report_id,
        "revision": revision,
        "withdrawn": False,
        "participant": None,
        "campaign": "w4r-2026",
        "case": "rosa",
        "event": None,
        "country": "PE",
        "channel": "reports",
        "source": "reports",
        "kind": "letter",
        "letters": letters,
        "written_at": None,
        "received_at": 1_796_000_000_000,
    }


def test_a_report_moves_the_numbers_without_a_reload(shown: Shown, up: Up) -> None:
    """The world total and the case grow by what was reported, on the page that was open before."""
    shown.wait_for_status("Counting live")
    shown.mark()
    before = shown.numbers
    assert up.post(str(uuid.uuid4())) == 202
    shown.wait_for_world(before.world + 5)
    assert shown.numbers.cases == before.cases | {"amara": before.cases["amara"] + 5}
    assert shown.is_marked


def test_a_correction_lowers_the_numbers(shown: Shown, up: Up) -> None:
    """A correction to fewer letters shows as fewer letters, of the world and of the case."""
    before = shown.numbers
    report_id = str(uuid.uuid4())
    produce(up.addresses["kafka"], [report(report_id, 0, 900)])
    shown.wait_for_world(before.world + 900)
    produce(up.addresses["kafka"], [report(report_id, 1, 100)])
    shown.wait_for_world(before.world + 100)
    assert shown.numbers.cases["rosa"] == before.cases["rosa"] + 100


def test_the_world_is_the_sum_of_the_cases_in_every_picture(shown: Shown, up: Up) -> None:
    """Whatever is drawn while reports stream in, the world is the sum of the cases."""
    shown.wait_for_status("Counting live")
    shown.watch_sums()
    before = shown.numbers
    for number in range(100):
        lines = [{"case": case, "letters": 1 + number % 7} for case in CASES]
        assert up.post(str(uuid.uuid4()), BODY | {"lines": lines}) == 202
    shown.wait_for_world(before.world + sum(4 * (1 + number % 7) for number in range(100)))
    seen, wrong = shown.sums
    assert wrong == []
    assert seen > 1


def test_it_recovers_from_a_killed_counter(shown: Shown, up: Up) -> None:
    """When the counters are killed the page says so and keeps its numbers; once they are back it goes on by itself."""
    shown.expect_complaint("net::ERR_")
    shown.wait_for_status("Counting live")
    shown.mark()
    before = shown.numbers
    up.part("sinks.counters").kill()
    shown.wait_for_status("The connection is lost")
    assert shown.numbers == before
    assert up.post(str(uuid.uuid4())) == 202
    shown.wait_for_world(before.world + 5)
    shown.wait_for_status("Counting live")
    assert shown.is_marked


def test_without_script_it_shows_the_numbers(browser: Browser, up: Up) -> None:
    """Without JavaScript the page says the totals, the cases and how to see newer ones."""
    assert up.post(str(uuid.uuid4())) == 202
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    world = up.world()
    assert world is not None

    def shows_world() -> bool:
        page.goto(f"{up.addresses['counters']}/?campaign=w4r-2026")
        return page.locator("#world").inner_text() == f"{up.world():,}"

    wait_for(shows_world, 30)
    assert page.locator("#cases tr").count() >= 10
    assert "Reload" in page.locator("#status").inner_text()
    context.close()


def test_it_says_as_of_when_in_which_time_zone(shown: Shown) -> None:
    """The moment that the numbers are true of stays complete, with its time zone, once the page is live."""
    shown.wait_for_status("Counting live")
    assert re.fullmatch(r"\d+ \w+ \d{4} at \d\d:\d\d:\d\d UTC", shown.page.locator("#as-of").inner_text())


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568), (1280, 800)])
def test_nothing_is_cut_off(shown: Shown, width: int, height: int) -> None:
    """On a phone as on a desk everything fits the width of the window."""
    shown.page.set_viewport_size({"width": width, "height": height})
    assert shown.page.evaluate("() => document.documentElement.scrollWidth") <= width
