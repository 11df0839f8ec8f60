"""The web form in a real browser without JavaScript, on a stack that runs: what a person does, and what is counted."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from producers.form.reader import READERS
from tests.browser.phone import collector_of, phone_of
from tests.stacks import Up, wait_for

FORM = "/form/w4r-2026"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def person(browser: Browser, up: Up) -> Iterator[Page]:
    """Open a window of a Spanish phone that runs no scripts."""
    with phone_of(browser, up, "es-MX") as page:
        yield page


class Counted:
    """What the counters show, less what they showed before."""

    def __init__(self, up: Up) -> None:
        self._up = up
        self._before = self._now()

    def _now(self) -> dict[str, int]:
        address = f"{self._up.addresses['counters']}/v1/tallies/case"
        asked = {case: self._up.web.get(f"{address}/{case}", params={"campaign": "w4r-2026"}) for case in CASES}
        return {case: int(answer.json()["letters"]) for case, answer in asked.items() if answer.status_code == 200}

    def wait_for(self, **letters: int) -> None:
        """Return once each of the cases has so many more letters, and no other one has."""
        wanted = dict.fromkeys(CASES, 0) | letters
        wait_for(lambda: {case: now - self._before[case] for case, now in self._now().items()} == wanted, 60)


CASES = ("amara", "rosa", "mei", "thandi")


def test_a_person_reports_corrects_and_withdraws(person: Page, up: Up) -> None:
    """In Spanish: three cases, a receipt, a correction of one and the withdrawal of another; the counter follows."""
    counted = Counted(up)
    person.goto(f"{FORM}?event=oaxaca-school")
    assert person.locator("html").get_attribute("lang") == "es"
    for name, letters in (("Amara Okello", "5"), ("Rosa Quispe", "12"), ("Mei Lin Tan", "3")):
        person.get_by_label(name).fill(letters)
    person.get_by_label("¿En qué país se escribieron?").select_option(label="México")
    person.get_by_role("button", name="Enviar mi informe").click()
    assert person.get_by_role("heading", level=1).inner_text() == "Gracias, hemos recibido tu informe"
    assert "Comunicaste 20 cartas." in person.inner_text("main")
    counted.wait_for(amara=5, rosa=12, mei=3)

    person.reload()
    correct(person, "Amara Okello", "7")
    counted.wait_for(amara=7, rosa=12, mei=3)
    correct(person, "Rosa Quispe", "")
    assert "Comunicaste 10 cartas." in person.inner_text("main")
    counted.wait_for(amara=7, mei=3)

    person.get_by_role("button", name="Retirar mi informe").click()
    person.get_by_role("button", name="Sí, retirarlo").click()
    assert "Tu informe se ha retirado" in person.inner_text("h1")
    counted.wait_for()


def correct(person: Page, name: str, letters: str) -> None:
    person.get_by_role("link", name="Corregir mi informe").click()
    person.get_by_label(name).fill(letters)
    person.get_by_role("button", name="Continuar").click()
    person.get_by_role("button", name="Sí, es correcto").click()
    assert person.get_by_role("heading", level=1).inner_text() == "Gracias, tu informe se ha corregido"


def test_a_double_click_and_a_way_back_count_once(person: Page, up: Up) -> None:
    """A double click on the button, and sending once more what "back" shows, are one report."""
    counted = Counted(up)
    person.goto(FORM)
    person.get_by_label("Thandi Mabuza").fill("4")
    person.get_by_label("¿En qué país se escribieron?").select_option(label="México")
    person.get_by_role("button", name="Enviar mi informe").dblclick()
    # Not for its address: the second click ends what the first one began, which would be taken for a failure.
    person.get_by_role("heading", name="Gracias, hemos recibido tu informe").wait_for()
    person.go_back()
    assert person.get_by_label("Thandi Mabuza").input_value() == "4"
    person.get_by_role("button", name="Enviar mi informe").click()
    person.wait_for_url("**/receipt/*")
    person.reload()
    person.get_by_role("link", name="Comunicar más cartas").click()
    person.get_by_label("Amara Okello").fill("1")
    person.get_by_label("¿En qué país se escribieron?").select_option(label="México")
    person.get_by_role("button", name="Enviar mi informe").click()
    counted.wait_for(thandi=4, amara=1)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", READERS)
def test_every_page_is_accessible(browser: Browser, up: Up, language: str, colours: Literal["light", "dark"]) -> None:
    """By axe no page of the form breaks a rule of WCAG 2.2 AA, in any language, light or dark; nothing is cut off."""
    context = browser.new_context(
        locale=language, viewport={"width": 360, "height": 740}, color_scheme=colours, base_url=collector_of(up)
    )
    for name, page in pages_of(context):
        found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found], name
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360, name
    context.close()


def pages_of(context: BrowserContext) -> Iterator[tuple[str, Page]]:
    """Yield each page as a person comes by it."""
    page = context.new_page()
    page.goto("/form")
    yield "list", page
    page.goto(f"{FORM}?event=nowhere")
    yield "form", page
    page.locator("#letters-0").fill("many")
    page.locator("#email").fill("@")
    page.locator("button.main").click()
    yield "complaints", page
    page.locator("#letters-0").fill("5")
    page.locator("#email").fill("")
    page.locator("#country").select_option("ES")
    page.locator("#event").select_option("paris-library")
    page.locator("button.main").click()
    page.wait_for_url("**/receipt/*")
    yield "receipt", page
    page.locator("a.button[href*=correct]").click()
    yield "correction", page
    page.locator("#letters-0").fill("6")
    page.locator("button.main").click()
    yield "question", page
    page.locator("button.main").click()
    page.wait_for_url("**/receipt/*")
    page.locator("button[value=withdraw]").click()
    yield "withdrawal", page
    page.locator("button.main").click()
    page.wait_for_url("**/receipt/*")
    yield "withdrawn", page
    page.goto(f"{FORM}/qr?event=paris-library")
    yield "sheet", page
    page.goto("/receipt/nothing")
    yield "unknown", page
