"""Every frame that a browser receives adds up, while reports and corrections stream in and a worker is killed."""

import uuid
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from schemas.report import LetterReport
from tests.browser.test_page import CASES, report
from tests.counting import produce
from tests.histories import recount
from tests.stacks import Up, wait_for

_COUNTRIES: Final = ("FR", "PE", "JP", "MX")
_NOTE_FRAMES: Final = """
window.frames_seen = { count: 0, wrong: [], totals: {} };
window.EventSource = class extends EventSource {
  constructor(...asked) {
    super(...asked);
    for (const name of ["snapshot", "totals"]) this.addEventListener(name, (event) => {
      const seen = window.frames_seen, said = JSON.parse(event.data), sums = {};
      if (name === "snapshot") seen.totals = {};
      for (const one of said.totals) seen.totals[`${one.scope}/${one.member}`] = one.letters;
      for (const [key, letters] of Object.entries(seen.totals)) {
        const scope = key.split("/")[0];
        sums[scope] = (sums[scope] ?? 0) + letters;
      }
      seen.count += 1;
      for (const scope of ["country", "case", "event"])
        if ((sums[scope] ?? 0) !== sums.world) seen.wrong.push([scope, sums[scope], sums.world, said.as_of]);
    });
  }
};
"""


@pytest.fixture
def watching(browser: Browser, up: Up) -> Iterator[Page]:
    """Open the page with a script before its own that looks at every frame."""
    context = browser.new_context()
    context.add_init_script(_NOTE_FRAMES)
    page = context.new_page()
    page.goto(f"{up.addresses['counters']}/?campaign=w4r-2026")
    page.wait_for_function("() => window.frames_seen.count > 0")
    yield page
    context.close()


def _seen(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("() => window.frames_seen")
    return found


def _history(random: Random) -> Iterator[list[LetterReport]]:
    """Yield a hundred batches: new reports, and corrections of earlier ones to other numbers, cases and countries."""
    known: list[tuple[str, int]] = []
    for _ in range(100):
        batch: list[LetterReport] = []
        for _ in range(20):
            corrects = bool(known) and random.random() < 0.3
            report_id, revision = known.pop(random.randrange(len(known))) if corrects else (str(uuid.uuid4()), -1)
            told = report(report_id, revision + 1, random.randint(0 if corrects else 1, 9))
            told["case"], told["country"] = random.choice(CASES), random.choice(_COUNTRIES)
            batch.append(told)
            known.append((report_id, revision + 1))
        yield batch


def test_every_frame_adds_up_whatever_happens(watching: Page, up: Up) -> None:
    """A worker is killed meanwhile: in each frame world, countries, cases and events agree, and the end is true."""
    before = _seen(watching)["totals"]
    sent: list[LetterReport] = []
    for number, batch in enumerate(_history(Random(7))):
        produce(up.addresses["kafka"], batch)
        sent += batch
        if number == 40:
            up.part("streams").kill()
        if number % 4 == 0:  # so that they come in many frames
            count = _seen(watching)["count"]
            wait_for(lambda least=count + 1: _seen(watching)["count"] >= least, 60)
    wanted = {f"{scope}/{member}": letters for (_, scope, member), (letters, _) in recount(sent).items()}
    places = [f"case/{case}" for case in CASES] + [f"country/{country}" for country in _COUNTRIES]

    def is_there() -> bool:
        now = _seen(watching)["totals"]
        return all(now.get(place, 0) - before.get(place, 0) == wanted.get(place, 0) for place in places)

    wait_for(is_there, 90)
    seen = _seen(watching)
    assert seen["wrong"] == []
    assert seen["count"] > 20
