"""A cheap phone that looks at the collectors' pages."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from tests.stacks import Up


@contextmanager
def phone_of(browser: Browser, up: Up, locale: str) -> Iterator[Page]:
    """Open a small window that runs no scripts."""
    context = browser.new_context(
        locale=locale, viewport={"width": 360, "height": 740}, java_script_enabled=False, base_url=collector_of(up)
    )
    yield context.new_page()
    context.close()


def collector_of(up: Up) -> str:
    return str(up.addresses["collector"])
