"""The page in a real browser, and when its screen showed what: the same questions as to a watcher of the stream."""

import time
from bisect import bisect_left
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, Playwright, async_playwright

from tests.counting import PARTITIONS

CHROMIUM: Final = Path("/usr/bin/chromium")
# Each event with the versions and the world that it says; each picture in which the world is another number.
_NOTE: Final = """
window.noted = { events: [], pictures: [] };
const now = () => performance.timeOrigin + performance.now();
window.EventSource = class extends EventSource {
  constructor(...asked) {
    super(...asked);
    let world = 0;
    for (const name of ["snapshot", "totals"]) this.addEventListener(name, (event) => {
      const said = JSON.parse(event.data);
      world = said.totals.find((one) => one.scope === "world")?.letters ?? world;
      window.noted.events.push([said.versions, world]);
    });
  }
};
let last = -1;
function look() {
  const shown = Number((document.getElementById("world")?.textContent ?? "").replace(/[^0-9]/g, ""));
  if (shown !== last) window.noted.pictures.push([now(), last = shown]);
  requestAnimationFrame(look);
}
requestAnimationFrame(look);
"""


class Screen:
    """A page that is open; numbers only grow while it is looked at."""

    async def start(self, port: int, campaign: str) -> None:
        """Open the page and return once it is live."""
        self._playwright: Playwright = await async_playwright().start()
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        self._browser: Browser = await self._playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        self._page: Page = await self._browser.new_page(viewport={"width": 1920, "height": 1080})
        await self._page.add_init_script(_NOTE)
        await self._page.goto(f"http://127.0.0.1:{port}/?campaign={campaign}")
        await self._page.wait_for_function("() => window.noted.events.length > 0")

    async def wait_for(self, ends: dict[int, int], limit_seconds: float) -> None:
        """Return once all of these partitions are shown up to their ends."""
        wanted = {str(home): end for home, end in ends.items()}
        await self._page.wait_for_function(
            """(wanted) => {
              const [versions, world] = window.noted.events.at(-1);
              const shown = window.noted.pictures.at(-1)[1];
              return shown === world && Object.entries(wanted).every(([home, end]) => versions[home] >= end);
            }""",
            arg=wanted,
            timeout=limit_seconds * 1000,
        )

    async def stop(self) -> dict[str, Any]:
        """Close the browser and return what was noted."""
        noted: dict[str, Any] = await self._page.evaluate("() => window.noted")
        await self._browser.close()
        await self._playwright.stop()
        return noted


def shown_at(noted: dict[str, Any], places: list[tuple[int, int]]) -> list[float]:
    """Return when the screen showed a world that each record (partition, offset) is counted in (monotonic seconds)."""
    offset = time.monotonic() - time.time()
    versions = [[said[str(home)] for home in range(PARTITIONS)] for said, _ in noted["events"]]
    by_partition = list(zip(*versions, strict=True))
    worlds = [world for _, world in noted["events"]]
    pictures = [world for _, world in noted["pictures"]]
    moments = [at / 1000 + offset for at, _ in noted["pictures"]]
    events = [bisect_left(by_partition[home], place + 1) for home, place in places]
    return [moments[bisect_left(pictures, worlds[event])] for event in events]
