"""Readers that look on while everything breaks, and check in every state they see that the sums agree."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import Self

import httpx
import orjson
from clickhouse_connect.driver.exceptions import Error as ClickHouseError

from schemas.migrations import connect
from schemas.tally import SCOPES

State = dict[tuple[str, str], tuple[int, int]]
"""Scope and member -> letters and reports, of one campaign."""


def complaint_of(state: State) -> str | None:
    """Return which scope does not sum to the world, if there is one."""
    sums = dict.fromkeys(SCOPES, (0, 0))
    for (scope, _), (letters, reports) in state.items():
        sums[scope] = (sums[scope][0] + letters, sums[scope][1] + reports)  # type: ignore[index]
    return None if len(set(sums.values())) == 1 else f"scopes do not agree: {sums}"


class Watch:
    """Looks at states from a thread of its own for as long as the block lasts; one that fails ends the block so."""

    def __init__(self, states: Callable[[], Iterator[State]]) -> None:
        self._states = states
        self._is_over = Event()
        self._pool = ThreadPoolExecutor(1)
        self._looking: Future[None]
        self.seen = 0
        self.changes = 0
        self.complaints: list[str] = []

    def __enter__(self) -> Self:
        self._looking = self._pool.submit(self._look)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._is_over.set()
        self._pool.shutdown()
        if kind is None:
            self._looking.result()

    def _look(self) -> None:
        before: State = {}
        while not self._is_over.wait(0.2):
            try:
                for state in self._states():
                    self.seen += 1
                    self.changes += state != before
                    before = dict(state)
                    if complaint := complaint_of(state):
                        self.complaints.append(f"state {self.seen}: {complaint}")
                    if self._is_over.is_set():
                        return
            except (httpx.TransportError, ClickHouseError):
                continue  # it is dead at the moment: what is shown while it lives is what counts


def live_states(port: int, campaign: str) -> Iterator[State]:
    """Yield what a watcher of the live stream has after each event, until the stream ends."""
    state: State = {}
    url = f"http://127.0.0.1:{port}/v1/live"
    with httpx.stream("GET", url, params={"campaign": campaign}, timeout=20, trust_env=False) as stream:
        name = ""
        for line in stream.iter_lines() if stream.is_success else ():
            field, _, value = line.partition(": ")
            if line.startswith(":"):
                yield state  # a heartbeat: that is what is still shown
            elif field == "event":
                name = value
            elif field == "data" and name in {"snapshot", "totals"}:
                state = {} if name == "snapshot" else state
                for total in orjson.loads(value)["totals"]:
                    state[total["scope"], total["member"]] = (total["letters"], total["reports"])
                yield state


def stored_states(url: str, campaign: str) -> Iterator[State]:
    """Yield what one query of `current_tallies` says."""
    query = "SELECT scope, member, letters, reports FROM current_tallies WHERE campaign = {campaign:String}"
    with closing(connect(url)) as client:
        rows = client.query(query, parameters={"campaign": campaign}).result_rows
    yield {(scope, member): (letters, reports) for scope, member, letters, reports in rows}
