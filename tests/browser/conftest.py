import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.shown import Shown
from tests.stacks import Up, up_in

_CHROMIUM: Final = Path("/usr/bin/chromium")
_ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run Debian's Chromium; without it the test is skipped, but never in CI."""
    if not _CHROMIUM.exists() and "CI" not in os.environ:
        pytest.skip("there is no /usr/bin/chromium: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Run one `tally up` for all tests of a module; each looks at how numbers change, not at what they are."""
    with up_in(tmp_path_factory.mktemp("up")) as up:
        yield up


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Open a window of its own for each test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def shown(context: BrowserContext, up: Up) -> Iterator[Shown]:
    """Open the page; the browser must have nothing to complain of, but what a test says it will."""
    complaints: list[str] = []
    page: Page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{up.addresses['counters']}/?campaign=w4r-2026")
    shown = Shown(page, complaints)
    yield shown
    assert not [one for one in complaints if not shown.is_expected(one)]
