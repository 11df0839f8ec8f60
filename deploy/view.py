"""What `tally up` shows while it runs: a live table in a terminal, plain lines elsewhere."""

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol, Self

import httpx
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.embedded.processes import Report

_MESSAGES: Final = 8
_STYLES: Final = {"ready": "green", "starting": "yellow", "silent": "bold red", "ended": "bold red"}


class View(Protocol):
    """Says what happens, and shows how things stand."""

    def say(self, message: str) -> None:
        """Tell the person at the screen."""

    def show(self, parts: list[Report], letters: int | None) -> None:
        """Show how each part is, and how many letters are counted."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Lines:
    """Plain lines, for a file or a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, message: str) -> None:
        """Print a line."""
        with suppress(OSError):  # a terminal that was closed must not keep anything from stopping
            self._console.print(message, soft_wrap=True)

    def show(self, parts: list[Report], letters: int | None) -> None:
        """Say nothing: who reads lines is told of changes only."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


class Screen:
    """A table that is kept up to date, with the last messages below."""

    def __init__(self, console: Console) -> None:
        self._messages: deque[str] = deque(maxlen=_MESSAGES)
        self._table = Text("Starting")
        self._live = Live(console=console, auto_refresh=False)
        self._shown: Table | Text = self._table

    def say(self, message: str) -> None:
        """Add a message, with its time, below the table."""
        self._messages.append(f"{time.strftime('%H:%M:%S')}  {message}")
        self._draw()

    def show(self, parts: list[Report], letters: int | None) -> None:
        """Draw the table anew."""
        counted = "not known" if letters is None else f"{letters:,}"
        table = Table("part", "state", "since", "restarts", "address", title=f"Letters counted: {counted}")
        for part in parts:
            state = Text(part.state, _STYLES[part.state])
            table.add_row(part.name, state, _duration(part.seconds), str(part.restarts or ""), part.address)
        self._shown = table
        self._draw()

    def _draw(self) -> None:
        with suppress(OSError):  # as above
            self._live.update(Group(self._shown, *map(Text, self._messages)), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # as above
            self._live.stop()


class LettersCounted:
    """Asks the counters for the letters of all campaigns, once a second, without ever waiting for an answer."""

    def __init__(self, counters: str) -> None:
        self._counters = counters
        self._asking = ThreadPoolExecutor(1, "letters")
        self._question: Future[int | None] | None = None
        self._asked_at = 0.0
        self._newest: int | None = None

    def newest(self, campaigns: list[str]) -> int | None:
        """Return the last answer; None where the counters did not give one."""
        now = time.monotonic()
        if self._question is not None and self._question.done():
            self._newest, self._question = self._question.result(), None
        if self._question is None and now - self._asked_at >= 1:
            self._asked_at, self._question = now, self._asking.submit(self._ask, campaigns)
        return self._newest

    def _ask(self, campaigns: list[str]) -> int | None:
        letters = 0
        try:
            for campaign in campaigns:
                address = f"{self._counters}/v1/tallies/world/all"
                answer = httpx.get(address, params={"campaign": campaign}, timeout=2, trust_env=False)
                letters += int(answer.raise_for_status().json()["letters"])
        except httpx.HTTPError:
            return None
        return letters


def make_view(console: Console) -> View:
    """Return what suits the console."""
    return Screen(console) if console.is_terminal else Lines(console)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
