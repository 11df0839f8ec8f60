"""The counters' page in a real browser, on a stack that runs."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from schemas.report import LetterReport
from sinks.counters.languages import READERS
from sinks.counters.wording import clock
from tests.browser.shown import Shown
from tests.counting import produce
from tests.stacks import BODY, Up, wait_for

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
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
    assert "A correction lowered a number: Rosa Quispe, -800" in shown.page.locator("#correction").inner_text()


def test_the_world_is_the_sum_of_its_members_in_every_picture(shown: Shown, up: Up) -> None:
    """Whatever is drawn while reports stream in, the world is the sum of cases and of countries, and only grows."""
    shown.wait_for_status("Counting live")
    shown.watch_sums()
    before = shown.numbers
    for number in range(100):
        lines = [{"case": case, "letters": 1 + number % 7} for case in CASES]
        country = ("FR", "PE", "JP")[number % 3]
        assert up.post(str(uuid.uuid4()), BODY | {"country": country, "lines": lines}) == 202
    shown.wait_for_world(before.world + sum(4 * (1 + number % 7) for number in range(100)))
    seen, wrong = shown.sums
    assert wrong == []
    assert len(seen) > 1
    assert seen == sorted(seen)


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
    assert page.locator("#cases li").count() >= 10
    assert page.locator("#countries tr").count() >= 1
    assert page.locator("#map use.step-1, #map use.step-2, #map use.step-3, #map use.step-4").count() >= 1
    assert "Reload" in page.locator("#status").inner_text()
    context.close()


def test_it_says_as_of_when_in_which_time_zone(shown: Shown) -> None:
    """The moment that the numbers are true of stays complete, with its time zone, once the page is live."""
    shown.wait_for_status("Counting live")
    assert re.fullmatch(r"\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC", shown.page.locator("#as-of").inner_text())


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568), (1280, 800)])
def test_nothing_is_cut_off(shown: Shown, width: int, height: int) -> None:
    """On a phone as on a desk everything fits the width of the window."""
    shown.page.set_viewport_size({"width": width, "height": height})
    assert shown.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_growth_never_passes_the_real_number(shown: Shown, up: Up) -> None:
    """A number that grows shows its way, each picture at least the one before and none more than was counted."""
    shown.wait_for_status("Counting live")
    shown.watch_sums()
    before = shown.numbers
    produce(up.addresses["kafka"], [report(str(uuid.uuid4()), 0, 997)])
    shown.wait_for_world(before.world + 997)
    seen, wrong = shown.sums
    assert (seen[-1], wrong) == (before.world + 997, [])
    assert seen == sorted(seen)


def test_what_grows_is_shared_out_exactly(shown: Shown) -> None:
    """However many letters are to be shown at once, the members' shares sum to them, and none gets more than it has."""
    for left, letters in (([1, 1, 1], 2), ([997, 2, 1], 1), ([5, 0, 7], 12), ([10**6, 3, 10**5], 777_777), ([4], 0)):
        rest = shown.page.evaluate(
            """([left, letters]) => {
              const members = new Map(left.map((one, place) => [`none/${place}`, one]));
              spread(members, letters);
              return [...members.values()];
            }""",
            [left, letters],
        )
        assert sum(left) - sum(rest) == letters
        assert all(0 <= after <= before for before, after in zip(left, rest, strict=True))


def test_who_wants_no_motion_sees_none(shown: Shown, up: Up) -> None:
    """With reduced motion a number is the old one, and then the new one."""
    shown.page.emulate_media(reduced_motion="reduce")
    shown.wait_for_status("Counting live")
    shown.watch_sums()
    before = shown.numbers
    produce(up.addresses["kafka"], [report(str(uuid.uuid4()), 0, 997)])
    shown.wait_for_world(before.world + 997)
    assert shown.sums == ([before.world, before.world + 997], [])


def test_a_country_appears_in_the_table_and_on_the_map(shown: Shown, up: Up) -> None:
    """The first letters of a country give it a row and a shade, without a reload."""
    shown.wait_for_status("Counting live")
    assert "IS" not in shown.numbers.countries
    assert shown.page.locator('#map use[data-code="IS"]').get_attribute("class") == "step-0"
    before = shown.numbers
    produce(up.addresses["kafka"], [report(str(uuid.uuid4()), 0, 12) | {"country": "IS"}])
    shown.wait_for_world(before.world + 12)
    assert shown.numbers.countries["IS"] == 12
    assert shown.page.locator('#map use[data-code="IS"]').get_attribute("class") == "step-2"
    assert "Iceland" in shown.page.locator("#countries").inner_text()


def test_how_fast_letters_come_is_told(shown: Shown, up: Up) -> None:
    """Today's letters and the newest place are on the page, and the day's curve is drawn."""
    assert up.post(str(uuid.uuid4())) == 202
    shown.page.wait_for_function("() => Number(document.getElementById('today').textContent.replace(/\\D/g, '')) >= 5")
    assert shown.page.locator("#latest").inner_text().count("France") == 1
    assert str(shown.page.locator("#curve").get_attribute("d")).startswith("M0 40V")


@pytest.mark.parametrize("language", READERS)
def test_script_and_server_write_alike(shown: Shown, up: Up, language: str) -> None:
    """A number, a day and a clock read the same whether the server or the script has written them."""
    shown.page.goto(f"{up.addresses['counters']}/?campaign=w4r-2026&lang={language}")
    reader = READERS[language]
    for letters in (0, 7, 1068, 21068, 5_000_000):
        assert shown.page.evaluate(f"() => number.format({letters})") == reader.number(letters)
    moment = datetime(2026, 12, 10, 9, 3, 20, tzinfo=UTC)
    milliseconds = int(moment.timestamp() * 1000)
    assert shown.page.evaluate(f"() => day.format({milliseconds})") == reader.day(moment.date())
    for zone in ("UTC", "Europe/Warsaw", "Asia/Kolkata", "America/Mexico_City"):
        assert shown.page.evaluate(f"() => clock({milliseconds}, '{zone}')") == clock(moment, zone)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", READERS)
def test_the_page_is_accessible(browser: Browser, up: Up, language: str, colours: Literal["light", "dark"]) -> None:
    """By axe the page breaks no rule of WCAG 2.2 AA, in any language, light or dark; on a phone nothing is cut off."""
    context = browser.new_context(viewport={"width": 320, "height": 568}, color_scheme=colours)
    page = context.new_page()
    page.goto(f"{up.addresses['counters']}/?campaign=w4r-2026&lang={language}")
    page.wait_for_function("() => isConnected && shown.size > 1")
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    context.close()


def test_the_table_is_sorted_as_asked(shown: Shown, up: Up) -> None:
    """A click on a heading sorts the countries by name, says so, and another one by letters."""
    produce(up.addresses["kafka"], [report(str(uuid.uuid4()), 0, 3) | {"country": "AT"}])
    shown.page.wait_for_selector('#countries [data-member="AT"]')
    shown.page.locator("thead").get_by_role("link", name="Country").click()
    names = shown.page.locator("#countries th").all_inner_texts()
    assert names == sorted(names)
    assert shown.page.locator("th[aria-sort=ascending]").inner_text().startswith("Country")
    shown.page.locator("thead").get_by_role("link", name="Letters").click()
    letters = list(shown.numbers.countries.values())
    assert letters == sorted(letters, reverse=True)
