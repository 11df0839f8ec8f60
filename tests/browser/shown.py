"""What a person at the page sees."""

from typing import Any, Final, NamedTuple, cast

from playwright.sync_api import Page

_LIMIT_MS: Final = 60_000
_NUMBERS: Final = """
const read = (cell) => Number(cell.textContent.replace(/[^0-9-]/g, ""));
const members = (list) => [...document.querySelectorAll(`#${list} [data-member]`)];
const numbersOf = (list) =>
  Object.fromEntries(members(list).map((row) => [row.dataset.member, read(row.querySelector("data"))]));
const numbers = () => ({
  world: read(document.getElementById("world")), cases: numbersOf("cases"), countries: numbersOf("countries"),
});
"""


class Numbers(NamedTuple):
    """The numbers on the page at one moment."""

    world: int
    cases: dict[str, int]
    countries: dict[str, int]


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
        return Numbers(found["world"], found["cases"], found["countries"])

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
        """Compare the world with the sums of cases and of countries in each picture that is drawn from now on."""
        self._run("""(() => {
          window.sums = { seen: [], wrong: [] };
          const sumOf = (letters) => Object.values(letters).reduce((all, one) => all + one, 0);
          const look = () => {
            const { world, cases, countries } = numbers();
            const { seen, wrong } = window.sums;
            if (seen.at(-1) !== world) seen.push(world);
            if (world !== sumOf(cases) || world !== sumOf(countries)) {
              wrong.push([world, sumOf(cases), sumOf(countries)]);
            }
            requestAnimationFrame(look);
          };
          look();
        })()""")

    @property
    def sums(self) -> tuple[list[int], list[list[int]]]:
        """Return the worlds that were seen, one after the other, and each that was not the sum of its members."""
        seen, wrong = self.page.evaluate("() => [window.sums.seen, window.sums.wrong]")
        return seen, wrong

    def _run(self, expression: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.page.evaluate(f"() => {{ {_NUMBERS} return {expression}; }}"))

    def _wait(self, condition: str) -> None:
        self.page.wait_for_function(f"() => {{ {_NUMBERS} return {condition}; }}", timeout=_LIMIT_MS)
