"""The pages of cases, countries and events in a real browser, on a stack that runs."""

import re
import uuid
from collections.abc import Iterator
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from schemas.report import LetterReport
from sinks.counters.languages import READERS
from tests.browser.test_page import RULES, report
from tests.counting import produce
from tests.stacks import Up, wait_for

PATHS: Final = (
    "case/rosa",
    "case/rosa/sheet",
    "country/PE",
    "event/paris-library",
    "event/paris-library/board",
    "case/nobody",
)
LIMIT_MS: Final = 60_000
A4_POINTS: Final = (595, 842)


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a window; the browser must have nothing to complain of."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


def address(up: Up, path: str, **asked: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in asked.items())
    return f"{up.addresses['counters']}/{path}?campaign=w4r-2026{more}"


def at_paris(letters: int, *, report_id: str | None = None, revision: int = 0, **changes: str) -> LetterReport:
    said = report(report_id or str(uuid.uuid4()), revision, letters)
    return {**said, "event": "paris-library", **changes}  # type: ignore[typeddict-item]  # of its own fields


def number(page: Page, scope: str, member: str) -> int:
    text = page.locator(f'[data-scope="{scope}"][data-member="{member}"] data').first.inner_text()
    return int(re.sub(r"\D", "", text) or 0)


def opened(page: Page, up: Up, path: str) -> None:
    """Open a page, mark it so that a reload would show, and wait until the stream has told it everything."""
    page.goto(address(up, path))
    wait_for_stream(page)
    page.evaluate("() => { window.isMarked = true; }")


def wait_for_stream(page: Page) -> None:
    """Return once the stream, which writes moments with a Z, has told everything and all of it is shown."""
    page.wait_for_function(
        """() => document.getElementById("as-of").dateTime.endsWith("Z")
          && [...target].every(([key, letters]) => shown.get(key) === letters)"""
    )


def wait_for_number(page: Page, scope: str, member: str, letters: int) -> None:
    page.wait_for_function(
        """([scope, member, letters]) => {
          const cell = document.querySelector(`[data-scope="${scope}"][data-member="${member}"] data`);
          return cell !== null && Number(cell.textContent.replace(/\\D/g, "")) === letters;
        }""",
        arg=[scope, member, letters],
        timeout=LIMIT_MS,
    )
    assert page.evaluate("() => window.isMarked === true")


def test_a_case_follows_a_report(page: Page, up: Up) -> None:
    """Number, row, shade and link of a new country come without a reload; a correction says what it lowered."""
    opened(page, up, "case/rosa")
    before = number(page, "case", "rosa")
    assert page.locator('[data-member="rosa:IS"]').count() == 0
    report_id = str(uuid.uuid4())
    produce(up.addresses["kafka"], [at_paris(12, report_id=report_id, country="IS")])
    wait_for_number(page, "case", "rosa", before + 12)
    assert number(page, "case-country", "rosa:IS") == 12
    row = page.locator('tr[data-member="rosa:IS"]')
    assert row.locator("a").inner_text() == "Iceland"
    assert str(row.locator("a").get_attribute("href")) == "../country/IS?campaign=w4r-2026"
    assert page.locator('#map use[data-code="IS"]').get_attribute("class") == "step-2"
    produce(up.addresses["kafka"], [at_paris(5, report_id=report_id, revision=1, country="IS")])
    wait_for_number(page, "case", "rosa", before + 5)
    assert "A correction lowered a number: Iceland, -7" in page.locator("#correction").inner_text()


def test_the_pace_of_a_case_goes_on(page: Page, up: Up) -> None:
    """What is told of today is the case's, not the campaign's, and moves a moment after its letters."""
    opened(page, up, "case/mei")
    before = number(page, "case", "mei")
    assert up.post(str(uuid.uuid4())) == 202  # for another case
    lines = {"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "mei", "letters": 9}]}
    assert up.post(str(uuid.uuid4()), lines) == 202
    wait_for_number(page, "case", "mei", before + 9)
    page.wait_for_function(f"() => document.getElementById('today').textContent === '{before + 9}'", timeout=LIMIT_MS)


def test_a_country_follows_a_report(page: Page, up: Up) -> None:
    """Its number, its case and its rank move without a reload."""
    produce(up.addresses["kafka"], [at_paris(3, country="NO"), at_paris(4, country="SE")])
    page.goto(address(up, "country/NO"))
    page.wait_for_function("() => /: \\d+ of \\d+/.test(document.getElementById('rank').textContent)", timeout=LIMIT_MS)
    opened(page, up, "country/NO")
    before = number(page, "country", "NO")
    produce(up.addresses["kafka"], [at_paris(1_000_000, country="NO")])
    wait_for_number(page, "country", "NO", before + 1_000_000)
    assert number(page, "case-country", "rosa:NO") >= 1_000_000
    assert re.fullmatch(r"Rank among countries: 1 of \d+", page.locator("#rank").inner_text())


@pytest.mark.parametrize("path", ["event/paris-library", "event/paris-library/board"])
def test_an_event_follows_a_report(page: Page, up: Up, path: str) -> None:
    """The event's number and the world's move without a reload."""
    opened(page, up, path)
    before = number(page, "event", "paris-library"), number(page, "world", "all")
    produce(up.addresses["kafka"], [at_paris(77)])
    wait_for_number(page, "event", "paris-library", before[0] + 77)
    assert number(page, "world", "all") == before[1] + 77


def test_a_case_is_the_sum_of_its_countries_in_every_picture(page: Page, up: Up) -> None:
    """Whatever is drawn while letters come in, the case is the sum of the countries beside it, and only grows."""
    opened(page, up, "case/ilya")
    page.evaluate("""() => {
      window.seen = []; window.wrong = [];
      const read = (cell) => Number(cell.textContent.replace(/\\D/g, ""));
      const look = () => {
        const all = read(document.querySelector('[data-scope="case"] data'));
        const parts = [...document.querySelectorAll('tr[data-scope="case-country"] data')].map(read);
        if (window.seen.at(-1) !== all) window.seen.push(all);
        if (parts.reduce((sum, one) => sum + one, 0) !== all) window.wrong.push([all, ...parts]);
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }""")
    before = number(page, "case", "ilya")
    for turn in range(20):
        letters = [at_paris(50 + turn, case="ilya", country=country) for country in ("FR", "PE", "JP")]
        produce(up.addresses["kafka"], [*letters, at_paris(3)])
    wait_for_number(page, "case", "ilya", before + 3 * sum(50 + turn for turn in range(20)))
    seen, wrong = page.evaluate("() => [window.seen, window.wrong]")
    assert wrong == []
    assert seen == sorted(seen)
    assert len(seen) > 1


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", READERS)
def test_every_page_is_accessible(browser: Browser, up: Up, language: str, colours: Literal["light", "dark"]) -> None:
    """By axe no page breaks a rule of WCAG 2.2 AA, in any language, light or dark; on a phone nothing is cut off."""
    produce(up.addresses["kafka"], [at_paris(5, country="BO")])
    context = browser.new_context(viewport={"width": 320, "height": 568}, color_scheme=colours)
    page = context.new_page()
    for path in PATHS:
        page.goto(address(up, path, lang=language))
        if page.locator("#facts").count():
            wait_for_stream(page)
        found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found], path
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, path
    context.close()


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1024, 768), (3840, 2160)])
@pytest.mark.parametrize("language", READERS)
def test_the_screen_of_the_room_fits(page: Page, up: Up, language: str, size: tuple[int, int]) -> None:
    """Nothing lies outside of the projector's picture or upon another thing, the number and the code are large."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(address(up, "event/paris-library/board", lang=language))
    for letters in ("0", "1,068", "36,359", "5,128,394", "1,000,000,000"):
        page.evaluate("(letters) => { document.querySelector('#here data').textContent = letters; fit(); }", letters)
        boxes = page.evaluate("""() => ["h1", "#here data", ".code", "figcaption", ".whole", "#status", "#as-of"].map(
          (one) => document.querySelector(one).getBoundingClientRect().toJSON())""")
        for box in boxes:
            assert box["left"] >= 0, (letters, box)
            assert box["top"] >= 0, (letters, box)
            assert box["right"] <= size[0], (letters, box)
            assert box["bottom"] <= size[1], (letters, box)
        _, here, code, caption, whole, *_ = boxes
        assert here["right"] <= code["left"] or code["right"] <= here["left"]
        assert caption["bottom"] <= whole["top"]
        assert here["bottom"] <= whole["top"]
        assert here["height"] >= size[1] / 10
        assert code["height"] >= size[1] / 3
        assert page.evaluate("() => document.documentElement.scrollHeight") <= size[1]


def test_the_screen_of_the_room_goes_on_by_itself(page: Page, up: Up) -> None:
    """When the counters are killed it says so, and once they are back it goes on without anybody's touch."""
    context = page.context
    page = context.new_page()  # what a lost connection makes the browser complain of is no fault here
    opened(page, up, "event/paris-library/board")
    before = number(page, "event", "paris-library")
    up.part("sinks.counters").kill()
    page.wait_for_function("() => document.getElementById('status').textContent.includes('The connection is lost')")
    produce(up.addresses["kafka"], [at_paris(8)])
    wait_for_number(page, "event", "paris-library", before + 8)
    page.wait_for_function("() => document.getElementById('status').textContent.includes('Counting live')")


@pytest.mark.parametrize("language", READERS)
def test_the_sheet_is_one_page_of_a4(page: Page, up: Up, language: str) -> None:
    """Printed with letters from every country of the world it is one page of that size, in any language."""
    codes = [code for code, _ in READERS["en"].countries]
    produce(
        up.addresses["kafka"], [at_paris(1 + place, case="sokha", country=code) for place, code in enumerate(codes)]
    )
    asked = address(up, "case/sokha/sheet", lang=language)
    wait_for(lambda: up.web.get(asked).text.count('<span class="n">') > 80, 60)
    page.goto(asked)
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", printed)
    assert box
    assert (round(float(box[1])), round(float(box[2]))) == A4_POINTS


def test_without_script_every_page_has_its_number(browser: Browser, up: Up) -> None:
    """Without JavaScript a page tells what the counter knows at that moment, and asks again by itself."""
    produce(up.addresses["kafka"], [at_paris(4)])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for path, scope, member in (
        ("case/rosa", "case", "rosa"),
        ("country/PE", "country", "PE"),
        ("event/paris-library", "event", "paris-library"),
        ("event/paris-library/board", "event", "paris-library"),
    ):
        place = f"{up.addresses['counters']}/v1/tallies/{scope}/{member}?campaign=w4r-2026"

        def is_told(path: str = path, scope: str = scope, member: str = member, place: str = place) -> bool:
            page.goto(address(up, path))
            return 0 < number(page, scope, member) == up.web.get(place).json()["letters"]

        wait_for(is_told, 30)
        assert "Reload" in page.locator("#status").inner_text()
    context.close()
