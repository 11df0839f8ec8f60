"""What a person at the page sees."""

from typing import Any, Final, NamedTuple, cast

from playwright.sync_api import Page

_LIMIT_MS: Final = 60_000
_NUMBERS: Final = """
const number = (cell) => Number(cell.textContent.replace(/[^0-9-]/g, ""));
const rows = () => [...document.querySelectorAll("#cases tr")];
const numbers = () => ({
  world: number(document.getElementById("world")),
  cases: Object.fromEntries(rows().map((row) => [row.dataset.case, number(row.cells[1])])),
});
"""


class Numbers(NamedTuple):
    """The numbers on the page at one moment."""

    world: int
    cases: dict[str, int]


class Shown:
    """A page that is open in a browser."""

    def __init__(self, page: Page, complaints: list[str]) -> None:
        self.page = page
        self.complaints = complaints
        self._expected: str | None = None

    def expect_complaint(self, words: str) -> None:
        """Say which words the browser may complain in."""
        self._expected = words

    def is_expected(self, complaint: str) -> bool:
        return self._expected is not None and self._expected in complaint

    @property
    def numbers(self) -> Numbers:
        """Return all numbers, read at one moment."""
        found = self._run("numbers()")
        return Numbers(found["world"], found["cases"])

    @property
    def status(self) -> str:
        return self.page.locator("#status").inner_text()

    def wait_for_world(self, letters: int) -> None:
        """Return once the page shows so many letters."""
        self._wait(f"numbers().world === {letters}")

    def wait_for_status(self, words: str) -> None:
        """Return once the page says these words."""
        self._wait(f"document.getElementById('status').textContent.includes({words!r})")

    def mark(self) -> None:
        """Leave a mark that a reload would take away."""
        self.page.evaluate("() => { window.isMarked = true; }")

    @property
    def is_marked(self) -> bool:
        return bool(self.page.evaluate("() => window.isMarked === true"))

    def watch_sums(self) -> None:
        """Compare the world with the sum of the cases in each picture that the page draws from now on."""
        self._run("""(() => {
          window.sums = { seen: new Set(), wrong: [] };
          const look = () => {
            const { world, cases } = numbers();
            window.sums.seen.add(world);
            const sum = Object.values(cases).reduce((all, one) => all + one, 0);
            if (world !== sum) window.sums.wrong.push([world, sum]);
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        })()""")

    @property
    def sums(self) -> tuple[int, list[list[int]]]:
        """Return how many different worlds were seen, and each that was not the sum of its cases."""
        seen, wrong = self.page.evaluate("() => [window.sums.seen.size, window.sums.wrong]")
        return seen, wrong

    def _run(self, expression: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.page.evaluate(f"() => {{ {_NUMBERS} return {expression}; }}"))

    def _wait(self, condition: str) -> None:
        self.page.wait_for_function(f"() => {{ {_NUMBERS} return {condition}; }}", timeout=_LIMIT_MS)
