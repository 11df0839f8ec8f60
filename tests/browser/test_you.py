"""A person looks at their letters, from a receipt's link, on a stack that runs."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.phone import collector_of, phone_of
from tests.browser.test_form import RULES
from tests.stacks import Up, wait_for

ME = f"someone-{uuid4()}@example.org"


@pytest.fixture
def person(browser: Browser, up: Up) -> Iterator[Page]:
    """Open a window of an English phone that runs no scripts."""
    with phone_of(browser, up, "en-GB") as page:
        yield page


def report(up: Up, email: str | None, *letters: int) -> str:
    """Report by the interface and return the receipt's link."""
    lines = [{"case": case, "letters": count} for case, count in zip(("amara", "rosa"), letters, strict=False)]
    body = {"campaign": "w4r-2026", "country": "PE", "lines": lines} | ({"email": email} if email else {})
    answer = up.web.post(f"{collector_of(up)}/v1/reports", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 202
    return str(answer.json()["receipt"])


def own(person: Page) -> int:
    return int(person.locator("#own data").get_attribute("value") or -1)


def test_a_receipts_letters_are_shown_beside_everybodys(person: Page, up: Up) -> None:
    """What was just sent counts at once, corrections as corrected; nothing else that the same address was typed for."""
    before = up.web.get(f"{up.addresses['counters']}/v1/tallies/country/PE", params={"campaign": "w4r-2026"}).json()
    report(up, ME, 5)
    person.goto(report(up, ME, 2, 3))
    person.get_by_role("link", name="Your letters, beside everybody's").click()
    assert own(person) == 5
    person.go_back()
    person.get_by_role("link", name="Correct my report").click()
    person.get_by_label("Rosa Quispe").fill("1")
    person.get_by_role("button", name="Go on").click()
    person.get_by_role("button", name="Yes, this is right").click()
    person.get_by_role("link", name="Your letters, beside everybody's").click()
    assert own(person) == 3
    assert [row.inner_text().split("\t")[1] for row in person.locator("tbody tr").all()] == ["2", "1"]
    wait_for(lambda: _country(person) == int(before["letters"]) + 5 + 3, 60)
    assert own(person) == 3


def _country(person: Page) -> int:
    person.reload()
    return int(person.locator("#country").inner_text().replace(",", ""))


def test_what_waits_and_what_nobody_can_tell_is_said(person: Page, up: Up) -> None:
    """Letters above the limit show as waiting; a torn link is none."""
    receipt = report(up, None, 4_000, 6)
    token = receipt.rsplit("/", 1)[1].partition("?")[0]
    person.goto(f"{up.addresses['counters']}/you/{token}")
    assert own(person) == 6
    assert "4,000 further letters were to be looked at by a person" in person.inner_text("main")
    answer = person.goto(f"{up.addresses['counters']}/you/{token[:-2]}")
    assert answer is not None
    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")
    assert person.inner_text("h1") == "This link is not valid"


def test_the_page_is_accessible(browser: Browser, up: Up) -> None:
    """By axe it breaks no rule of WCAG 2.2 AA in any language, and nothing is cut off on a phone."""
    token = report(up, ME, 4_000, 6).rsplit("/", 1)[1].partition("?")[0]
    for language in ("en", "ar", "es", "fr", "pl"):
        context = browser.new_context(viewport={"width": 320, "height": 740})
        page = context.new_page()
        page.goto(f"{up.addresses['counters']}/you/{token}?lang={language}")
        found = Axe().run(page, options=RULES).response["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found], language
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, language
        context.close()
