"""The form's proof of work in a real browser, before a real collector."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.counting import embedded_broker
from tests.producers.conftest import CollectorProcess, collecting, write_campaigns

FORM = "/form/w4r-2026"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorProcess]:
    """Run a collector that asks browsers for a proof that costs as much as by default."""
    folder = tmp_path_factory.mktemp("proof")
    campaigns = write_campaigns(folder / "campaigns")
    settings = {"TALLY_CAPTCHA_KEY": "k" * 32}
    with embedded_broker(folder) as broker, collecting(broker.address, campaigns, folder, settings) as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def person(request: pytest.FixtureRequest, browser: Browser, running: CollectorProcess) -> Iterator[tuple[Page, bool]]:
    """Open a window that runs scripts, or none."""
    context = browser.new_context(java_script_enabled=request.param, base_url=str(running.client.base_url))
    yield context.new_page(), request.param
    context.close()


def test_a_browser_proves_by_itself(person: tuple[Page, bool]) -> None:
    """Whoever sends at once gets a receipt all the same; a browser without scripts says that a person will look."""
    page, runs_scripts = person
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(FORM)
    page.get_by_label("Amara Okello").fill("5")
    page.get_by_label("In which country were they written?").select_option("ES")
    assert page.locator("noscript p").is_visible() is not runs_scripts
    page.get_by_role("button", name="Send my report").click()
    page.get_by_role("heading", name="Thank you, we have your report").wait_for()
    assert ("You reported 5 letters." in page.inner_text("main")) is runs_scripts
    assert ("A person looks at it" in page.inner_text("main")) is not runs_scripts
    assert complaints == []
