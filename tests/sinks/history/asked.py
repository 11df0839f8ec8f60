"""The charts as people ask for them, and the page as they read it."""

import asyncio
import csv
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from html.parser import HTMLParser

import httpx

from schemas.migrations import connect
from sinks.history.asking import Asking
from sinks.history.drawing import Drawing
from sinks.history.web import create_app

NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Charts:
    """The application on a ClickHouse; asked in one process, without a network."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.now_ms = int(NOW.timestamp() * 1000)

    def get(self, path: str, headers: Mapping[str, str] | None = None, /, **asked: str) -> httpx.Response:
        """Return the answer of an application that nobody has asked before."""
        return self.get_all([(path, asked)], headers)[0]

    def get_all(
        self, asked: list[tuple[str, dict[str, str]]], headers: Mapping[str, str] | None = None
    ) -> list[httpx.Response]:
        """Return the answers of one application, asked at the same time."""
        return asyncio.run(self._get(asked, headers))

    def client(self) -> httpx.AsyncClient:
        """Return who asks an application that nobody has asked before."""
        app = create_app(Asking(partial(connect, self._url, 5)), Drawing(), lambda: self.now_ms)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")

    async def _get(
        self, asked: list[tuple[str, dict[str, str]]], headers: Mapping[str, str] | None
    ) -> list[httpx.Response]:
        async with self.client() as client:
            return await asyncio.gather(
                *(client.get(path, params=said or None, headers=headers) for path, said in asked)
            )


class ReadPage(HTMLParser):
    """A page as it is read: of each chart its table, SQL, values, words and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.sql: dict[str, str] = {}
        self.values: dict[str, dict[str, str]] = {}
        self.words: dict[str, str] = {}
        self.links: dict[str, list[str]] = {}
        self._chart, self._into = "", ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "section":
            self._chart = said["id"]
            self.tables[self._chart], self.words[self._chart], self.values[self._chart] = [], "", {}
            self.links[self._chart], self.sql[self._chart] = [], ""
        elif tag == "tr":
            self.tables[self._chart].append([])
        elif tag in {"th", "td"}:
            self._into = "cell"
            self.tables[self._chart][-1].append("")
        elif tag == "data":
            self.tables[self._chart][-1][-1] = said["value"]
            self._into = ""
        elif tag == "pre":
            self._into = said["class"]
        for name in ("href", "src", "srcset"):
            if name in said and self._chart:
                self.links[self._chart].append(said[name])

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            self._chart = ""
        if tag in {"th", "td", "pre"}:
            self._into = ""

    def handle_data(self, data: str) -> None:
        if not self._chart:
            return
        self.words[self._chart] += data
        if self._into == "cell":
            self.tables[self._chart][-1][-1] += data
        elif self._into == "sql":
            self.sql[self._chart] += data
        elif self._into == "values":
            self.values[self._chart] = dict(re.findall(r"SET param_(\w+) = '([^']*)';", data))

    def cells(self, chart: str) -> dict[tuple[str, str], float]:
        """Return the numbers of a table that are not zero, by the heads of their row and column."""
        heads, *rows = self.tables[chart] or [[]]
        return {
            (row[0], head): float(value)
            for row in rows
            for head, value in zip(heads[1:], row[1:], strict=True)
            if value and float(value)
        }


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    """Return the rows of a CSV file, without its head."""
    return list(csv.DictReader(line for line in answer.text.splitlines() if not line.startswith("#")))
