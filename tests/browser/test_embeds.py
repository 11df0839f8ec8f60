"""Embeds in a real browser, on a site of another origin, on a stack that runs."""

import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.site import Site, another_site
from tests.stacks import Up

LIMIT_MS = 60_000
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
HOSTILE = "</text></svg><script>alert(1)</script>"


@pytest.fixture
def site() -> Iterator[Site]:
    with another_site() as site:
        yield site


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_default_timeout(LIMIT_MS)
    return page


def counters(up: Up) -> str:
    return str(up.addresses["counters"])


def script(up: Up) -> str:
    return f'<script type="module" src="{counters(up)}/embed/letter-tally.js"></script>'


def element(up: Up, scope: str = "case", member: str = "amara", looks: str = "") -> str:
    asked = f'src="{counters(up)}" campaign="w4r-2026" scope="{scope}" member="{member}"'
    return f"<letter-tally {asked} {looks}></letter-tally>"


def frame(up: Up, **asked: str) -> str:
    address = f"{counters(up)}/embed/case/amara?{urlencode({'campaign': 'w4r-2026'} | asked)}".replace("&", "&amp;")
    return f'<iframe src="{address}" title="Letters" width="300" height="220" style="border:0"></iframe>'


def letters(up: Up) -> int:
    answer = up.web.get(f"{counters(up)}/v1/tallies/case/amara", params={"campaign": "w4r-2026"})
    return int(answer.json()["letters"])


def part(shown: Page | Locator, name: str) -> Locator:
    return shown.locator(f"[part={name}]")


def said_by(page: Page) -> str:
    """Return what the first element says itself, shown or not."""
    return str(page.evaluate("() => document.querySelector('letter-tally').shadowRoot.textContent"))


def test_numbers_follow_a_report_on_another_site(page: Page, site: Site, up: Up) -> None:
    """Both the element and the frame grow by what was reported, without a reload, where nothing else may be loaded."""
    origin = counters(up)
    policy = f"default-src 'none'; script-src {origin}; connect-src {origin}; frame-src {origin}; img-src data:"
    before = letters(up)
    page.goto(site.put(script(up) + element(up) + frame(up), policy=policy))
    framed = page.frame_locator("iframe").locator("letter-tally")
    for shown in (page.locator("main > letter-tally"), framed):
        expect(part(shown, "number")).to_have_text(f"{before:,}", timeout=LIMIT_MS)
    assert up.post(str(uuid.uuid4())) == 202
    for shown in (page.locator("main > letter-tally"), framed):
        expect(part(shown, "number")).to_have_text(f"{before + 5:,}", timeout=LIMIT_MS)
        expect(part(shown, "label")).to_have_text("Letters for Amara Okello")
        assert re.match(r"As of .+\d{4}", part(shown, "as-of").inner_text())
        expect(part(shown, "status")).to_have_text("")
    assert page.context.cookies() == []


def test_elements_share_one_stream(page: Page, site: Site, up: Up) -> None:
    """Ten elements of a scope open one stream; one that comes later shows what the others have been told."""
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url) if "/v1/live" in request.url else None)
    before = letters(up)
    page.goto(site.put(script(up) + element(up) * 10))
    expect(page.locator("[part=number]").get_by_text(f"{before:,}", exact=True)).to_have_count(10, timeout=LIMIT_MS)
    assert up.post(str(uuid.uuid4())) == 202
    after = f"{before + 5:,}"
    expect(page.locator("[part=number]").get_by_text(after, exact=True)).to_have_count(10, timeout=LIMIT_MS)
    page.evaluate("() => document.querySelector('main').append(document.querySelector('letter-tally').cloneNode())")
    expect(page.locator("[part=number]").get_by_text(after, exact=True)).to_have_count(11, timeout=LIMIT_MS)
    assert len(streams) == 1


def test_without_a_stream_it_polls(page: Page, site: Site, up: Up) -> None:
    """Where a proxy lets no stream through, the element asks for the number again and again."""
    page.route("**/v1/live*", lambda route: route.abort())
    before = letters(up)
    page.goto(site.put(script(up) + element(up)))
    expect(part(page, "number")).to_have_text(f"{before:,}", timeout=LIMIT_MS)
    assert up.post(str(uuid.uuid4())) == 202
    expect(part(page, "number")).to_have_text(f"{before + 5:,}", timeout=LIMIT_MS)


def test_it_says_when_the_counter_is_gone_and_goes_on_once_it_is_back(page: Page, site: Site, up: Up) -> None:
    """A killed counter is told in words, with the last number; what was reported meanwhile shows by itself."""
    before = letters(up)
    page.goto(site.put(script(up) + element(up)))
    expect(part(page, "number")).to_have_text(f"{before:,}", timeout=LIMIT_MS)
    page.route("**/embed/case/*", lambda route: route.abort())  # so that it is seen however soon it is back
    up.part("sinks.counters").kill()
    expect(part(page, "status")).to_have_text(re.compile("can't be reached"), timeout=LIMIT_MS)
    expect(part(page, "number")).to_have_text(f"{before:,}")
    assert up.post(str(uuid.uuid4())) == 202
    page.unroute("**/embed/case/*")
    expect(part(page, "number")).to_have_text(f"{before + 5:,}", timeout=LIMIT_MS)
    expect(part(page, "status")).to_have_text("")


def test_old_numbers_are_said_to_be_old(page: Page, site: Site, up: Up) -> None:
    """When nothing comes for minutes, although the connection stands, the element says that its number is not new."""
    page.clock.install()
    page.goto(site.put(script(up) + element(up), language="fr"))
    expect(part(page, "number")).to_be_visible(timeout=LIMIT_MS)
    page.route("**/embed/case/*", lambda _: None)  # no answer, and no error
    page.clock.fast_forward("05:00")
    expect(part(page, "status")).to_have_text(re.compile("pas récent"), timeout=LIMIT_MS)


@pytest.mark.parametrize(
    ("src", "scope", "says"),
    [
        ("", "event", "The campaign does not let other sites show this scope."),
        ("http://127.0.0.1:9", "case", "The counter can't be reached."),
    ],
)
def test_it_never_makes_a_number_up(page: Page, site: Site, up: Up, *, src: str, scope: str, says: str) -> None:
    """What is not allowed, or can't be reached, is told in words; what the site itself says instead stays."""
    body = script(up) + element(up, scope, "none").replace("></", ">See the campaign's page</")
    page.goto(site.put(body.replace(f'src="{counters(up)}" campaign', f'src="{src or counters(up)}" campaign')))
    expect(part(page, "status")).to_have_text(says, timeout=LIMIT_MS)
    expect(page.get_by_text("See the campaign's page")).to_be_visible()
    expect(part(page, "number")).to_be_hidden()
    assert not re.search(r"\d", said_by(page))


@pytest.mark.parametrize(
    ("language", "label", "direction"),
    [("ar", "رسائل من أجل Amara Okello", "rtl"), ("pl-PL", "Listy w sprawie: Amara Okello", "ltr")],
)
def test_it_speaks_the_documents_language(
    page: Page, site: Site, up: Up, *, language: str, label: str, direction: str
) -> None:
    """Label, direction and number are those of the document, also when its language changes."""
    page.goto(site.put(script(up) + element(up), language=language))
    expect(part(page, "label")).to_have_text(label, timeout=LIMIT_MS)
    expect(part(page, "number")).to_have_attribute("dir", direction)
    page.evaluate("() => document.querySelector('letter-tally').setAttribute('lang', 'es')")
    expect(part(page, "label")).to_have_text("Cartas por Amara Okello", timeout=LIMIT_MS)


def test_pictures_have_the_size_that_they_state(page: Page, site: Site, up: Up) -> None:
    """SVG and PNG are decoded by the browser to the same size, of the height that was asked for."""
    query = urlencode({"campaign": "w4r-2026", "height": 40, "label": HOSTILE})
    address = f"{counters(up)}/badge/case/amara"
    images = "".join(f'<img src="{address}.{kind}?{query}" alt="Letters for Amara Okello">' for kind in ("svg", "png"))
    page.goto(site.put(images.replace("&", "&amp;")))
    page.wait_for_function("() => [...document.images].every((one) => one.complete)")
    svg, png = page.evaluate("() => [...document.images].map((one) => [one.naturalWidth, one.naturalHeight])")
    assert svg == png
    assert png[1] == 40
    assert png[0] > 200


def test_a_badge_that_is_opened_runs_nothing(page: Page, up: Up) -> None:
    """Markup in a label stays words, even where the picture is opened as a page of its own."""
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    query = urlencode({"campaign": "w4r-2026", "label": HOSTILE, "lang": HOSTILE})
    page.goto(f"{counters(up)}/badge/case/amara.svg?{query}")
    assert page.evaluate("() => document.documentElement.tagName") == "svg"
    assert page.evaluate("() => document.getElementsByTagName('script').length") == 0
    assert HOSTILE in str(page.evaluate("() => document.querySelector('text').textContent"))
    assert dialogs == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "es", "fr", "pl", "ar"])
def test_the_widget_is_accessible_and_fits_from_200_pixels(browser: Browser, up: Up, language: str, theme: str) -> None:
    """With script, axe finds nothing in any language and theme, and nothing is cut off at 200 pixels."""
    context = browser.new_context(viewport={"width": 200, "height": 260})
    page = context.new_page()
    query = urlencode({"campaign": "w4r-2026", "lang": language, "theme": theme})
    page.goto(f"{counters(up)}/embed/case/amara?{query}")
    expect(part(page, "number")).to_be_visible(timeout=LIMIT_MS)
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 200
    assert re.search(r"\d", said_by(page))
    context.close()


def test_the_widget_has_its_number_without_script(browser: Browser, up: Up) -> None:
    """Who runs no scripts reads the number, as of when, and finds the campaign's page."""
    context = browser.new_context(viewport={"width": 200, "height": 260}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{counters(up)}/embed/case/amara?campaign=w4r-2026&lang=en")
    expect(page.locator(".number")).to_have_text(f"{letters(up):,}")
    expect(page.locator(".as-of")).to_have_text(re.compile(r"As of .+\d{4}"))
    page.get_by_role("link", name="Write for Rights 2026").click()
    opened = context.wait_for_event("page") if len(context.pages) == 1 else context.pages[1]
    opened.wait_for_load_state()
    assert opened.url.startswith(f"{counters(up)}/?campaign=w4r-2026")
    context.close()


def test_a_site_with_embeds_stays_accessible(page: Page, site: Site, up: Up) -> None:
    """Axe finds nothing in a page that has the element in both themes, and a frame."""
    body = script(up) + element(up, looks='theme="dark"') + element(up, "world", "all", 'theme="light"') + frame(up)
    page.goto(site.put(body))
    expect(page.locator("main > letter-tally [part=number]").first).to_be_visible(timeout=LIMIT_MS)
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, results.generate_report()
