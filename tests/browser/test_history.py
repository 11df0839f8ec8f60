"""The charts page in a real browser, on a stack that runs."""

import uuid
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from sinks.history.charts import CHARTS
from sinks.history.languages import READERS
from tests.browser.test_page import RULES
from tests.stacks import Up, wait_for

CAMPAIGN = "campaign=w4r-2026"
DRAWN = "() => [...document.images].every(one => one.complete && one.naturalWidth > 300) && document.images.length"


@pytest.fixture(scope="module")
def summed(up: Up) -> Up:
    """Return a stack whose sums have the letters that were reported."""
    for _ in range(3):
        assert up.post(str(uuid.uuid4())) == 202
    address = f"{up.addresses['history']}/history/places.csv"
    # The sums are made anew each minute.
    wait_for(lambda: "\nFR,amara," in up.web.get(address, params={"campaign": "w4r-2026"}).text, 150)
    return up


@pytest.fixture
def page(browser: Browser, summed: Up) -> Iterator[Page]:
    """Open a window without scripts; the browser must have nothing to complain of."""
    context = browser.new_context(
        locale="en-GB", java_script_enabled=False, base_url=summed.addresses["history"], timezone_id="UTC"
    )
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    # What is still loading when a reader goes on is aborted, which is no fault.
    page.on("requestfailed", lambda one: None if one.failure == "net::ERR_ABORTED" else complaints.append(one.url))
    yield page
    assert not complaints
    context.close()


def test_people_find_their_letters(page: Page, summed: Up) -> None:
    """From the counters' page a link leads to the charts; what was reported is in the table and its file."""
    page.goto(f"{summed.addresses['counters']}/?{CAMPAIGN}")
    page.get_by_role("link", name="Charts, and earlier years").click()
    assert page.url == f"{summed.addresses['history']}/history?{CAMPAIGN}"
    page.locator("#places summary", has_text="As a table").click()
    row = page.locator("#places tbody tr").first
    letters = int(row.locator("data").first.get_attribute("value") or -1)
    assert row.locator("th").inner_text() == "France"
    with page.expect_download() as download:
        page.locator("#places").get_by_role("link", name="CSV").click()
    assert f"\nFR,amara,{letters}," in download.value.path().read_text()
    assert letters >= 15


def test_a_reader_chooses_the_clocks(page: Page) -> None:
    """Without script another time zone is chosen by a form; what is none is said in words."""
    page.goto(f"/history?{CAMPAIGN}")
    page.get_by_label("Clocks of the time zone").fill("Asia/Kathmandu")
    page.get_by_role("button", name="Show").click()
    assert "UTC+05:45" in page.locator("#hours time").inner_text()
    page.locator("#hours summary", has_text="SQL").click()
    assert "SET param_zone = 'Asia/Kathmandu';" in page.locator("#hours .values").inner_text()
    assert CHARTS["hours"].sql == page.locator("#hours .sql").inner_text()
    page.goto(f"/history?{CAMPAIGN}&zone=Asia/Kathmandu&lang=es")
    assert page.locator("html").get_attribute("lang") == "es"


@pytest.mark.parametrize("language", READERS)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_is_accessible(browser: Browser, summed: Up, language: str, colours: Literal["light", "dark"]) -> None:
    """By axe it breaks no rule of WCAG 2.2 AA, in any language, light or dark, all of it opened; all charts are drawn.

    On a phone nothing is cut off.
    """
    for width in (320, 1280):
        context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=colours)
        page = context.new_page()
        page.goto(f"{summed.addresses['history']}/history?{CAMPAIGN}&lang={language}")
        page.wait_for_function(DRAWN)
        page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
        found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found]
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        drawn = page.evaluate("() => document.images[0].currentSrc")
        assert ("theme=dark" in drawn, "width=narrow" in drawn) == (colours == "dark", width == 320)
        context.close()
