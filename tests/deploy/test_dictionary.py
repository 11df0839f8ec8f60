"""The data dictionary says what the tables say, and its questions are answered right by the SQL beside them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect.driver.client import Client

from deploy.dictionary import MARK, tell
from schemas.report import LetterReport
from tests.deploy.engines import stocked
from tests.sinks.clickhouse.history import (
    at,
    day_of_campaign,
    period_of,
    seasons_history,
    standing_reports,
    sums,
)

DICTIONARY = (Path(__file__).parents[2] / "docs" / "dictionary.md").read_text("utf-8")
QUESTIONS = dict(re.findall(r"^### (.+?)\n.*?```sql\n(.+?)```", DICTIONARY, re.DOTALL | re.MULTILINE))
HISTORY = seasons_history(Random(7), 600)
STANDING = standing_reports(HISTORY)
OF_2026 = [report for report in STANDING if report["campaign"] == "w4r-2026"]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Client]]:
    """Run a server with a history; give its owner's client and the analysts'."""
    with (
        stocked(tmp_path_factory.mktemp("dictionary"), HISTORY) as server,
        closing(server.connect()) as tally,
        closing(server.connect_analyst()) as analyst,
    ):
        yield tally, analyst


def test_the_dictionary_is_what_the_tables_say(clients: tuple[Client, Client]) -> None:
    """The file in the repository is the one that `make dictionary` writes; analysts are told the same."""
    _, _, written = DICTIONARY.partition(MARK)
    for client in clients:
        assert tell(client) == written


def test_every_column_says_what_it_is(clients: tuple[Client, Client]) -> None:
    """No table, view or column in the dictionary lacks its comment."""
    _, analyst = clients
    for kind in ("tables", "columns"):
        query = f"SELECT count(), countIf(comment = '') FROM system.{kind} WHERE database = 'tally'"  # noqa: S608 (our own)
        ((there, silent),) = analyst.query(query).result_rows
        assert there
        assert not silent


def by_size(reports: list[LetterReport], key: str) -> list[tuple[Any, ...]]:
    """Return letters and reports by what a report says of itself, the most letters first."""
    told = sums(reports, lambda one: one[key])  # type: ignore[literal-required]  # a field of reports
    return sorted(((one, *pair) for one, pair in told.items()), key=lambda row: (-row[1], row[0]))


def cases() -> list[tuple[Any, ...]]:
    return by_size(OF_2026, "case")


def campaigns_by_period() -> list[tuple[Any, ...]]:
    told = sums(STANDING, lambda one: (one["campaign"], period_of(one)))
    return sorted((*one, letters) for one, (letters, _) in told.items())


def days_in_mexico() -> list[tuple[Any, ...]]:
    zone = ZoneInfo("America/Mexico_City")
    told = sums(OF_2026, lambda one: at(one["received_at"]).astimezone(zone).date())
    return sorted((day, letters) for day, (letters, _) in told.items())


def beside_a_year_earlier() -> list[tuple[Any, ...]]:
    by_day = {
        year: Counter({day: n for day, (n, _) in sums(of_year(year), day_of_campaign).items()}) for year in (2026, 2025)
    }
    return [
        (day, *(sum(n for on, n in by_day[year].items() if on <= day) for year in (2026, 2025)))
        for day in sorted({*by_day[2026], *by_day[2025]})
    ]


def of_year(year: int) -> list[LetterReport]:
    return [report for report in STANDING if report["campaign"] == f"w4r-{year}"]


def countries_and_people() -> list[tuple[Any, ...]]:
    people = defaultdict(set)
    for report in OF_2026:
        people[report["country"]].add(report["participant"])
    return [(*row, len(people[row[0]] - {None})) for row in by_size(OF_2026, "country")]


RECOUNTS = {
    "How many letters did each case get, and in how many reports?": cases,
    "How many letters of each campaign came early, on Human Rights Day, after it and late?": campaigns_by_period,
    "How many letters came on each day, by the calendar of Mexico City?": days_in_mexico,
    "How far had the campaign come by the end of each of its days, and how far a year earlier?": beside_a_year_earlier,
    "How many letters, reports and known participants has each country?": countries_and_people,
}


def test_every_question_of_the_dictionary_is_recounted() -> None:
    """The dictionary's worked questions are those that are tested here."""
    assert [*QUESTIONS] == [*RECOUNTS]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_right(clients: tuple[Client, Client], question: str) -> None:
    """An analyst who copies the SQL gets what a plain recount of the log gives."""
    _, analyst = clients
    answer = [
        tuple(value for value in row if not is_moment(value)) for row in analyst.query(QUESTIONS[question]).result_rows
    ]
    recounted = RECOUNTS[question]()
    assert recounted
    assert answer == recounted


def is_moment(value: object) -> bool:
    """Return whether it is an `as_of`: no number that a recount gives."""
    return isinstance(value, datetime)
