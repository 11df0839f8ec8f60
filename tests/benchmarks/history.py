"""Measures what analysts ask of years of reports: `python -m tests.benchmarks.history`."""

import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Annotated, Any, Final, NamedTuple

import psutil
import typer
from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.table import Table

from deploy.forgetting import forget
from schemas.migrations import connect, migrate
from schemas.partition import partition_of
from schemas.wire import HEADERS, encode
from sinks.clickhouse.insert import Store
from sinks.clickhouse.rows import letter_rows
from tests.benchmarks.history_queries import OWN, QUESTIONS, Question
from tests.benchmarks.history_season import CATALOGUE, history_inserts
from tests.benchmarks.machine import machine
from tests.benchmarks.season import season
from tests.deploy.engines import Server
from tests.sinks.clickhouse.history import store_history, sum_anew

_BATCH: Final = 20_000
_PARTITIONS: Final = 8
_MIB: Final = 1 << 20
_LONGEST_SECONDS: Final = 3_600
_SIZE: Final = (
    "SELECT count(), sum(rows), sum(bytes_on_disk) FROM system.parts "
    "WHERE active AND database = 'tally' AND table = 'letter_reports'"
)
_SOMEBODY: Final = "SELECT argMax(participant, received_at) FROM letters WHERE participant IS NOT NULL"
_SHARES: Final = {
    "late": "SELECT countIf(period = 'late') / count() FROM letters",
    "corrected": "SELECT countIf(revision > 0) / count() FROM letter_reports FINAL",
    "withdrawn": "SELECT countIf(withdrawn) / count() FROM letter_reports FINAL",
    "participants with several reports": "SELECT countIf(reports > 1) / count() FROM "
    "(SELECT count() AS reports FROM letters WHERE participant IS NOT NULL GROUP BY participant)",
}

Say = Callable[[str], None]
Measured = dict[str, Any]


def measure_history(folder: Path, *, size: int, inserted: int, runs: int, say: Say) -> Measured:
    """Return all figures of so many generated rows, on a server of its own with everything under the folder."""
    with _server(folder) as server, closing(connect(server.url, _LONGEST_SECONDS)) as client:
        migrate(client)
        say(f"storing {inserted:,} reports as the sink does")
        rate = _insert_rate(server.url, inserted)
        client.command("TRUNCATE TABLE letter_reports")
        _generate(client, size, say)
        store_history(client, [], CATALOGUE)
        client.command("SYSTEM STOP VIEW letter_sums_refresh")  # not in the middle of what is measured
        client.command("SYSTEM STOP MERGES letter_reports")
        engine = _Engine(client, psutil.Process(server.process.pid), runs, say)
        figures: Measured = {"inserted_a_second": rate, "rows": size}
        figures["reports"] = _number(client, "SELECT count() FROM letters")
        figures["shares"] = {name: round(_number(client, query), 4) for name, query in _SHARES.items()}
        figures["as inserted"] = _measure_state(engine)
        say("merging")
        client.command("SYSTEM START MERGES letter_reports")
        client.command("OPTIMIZE TABLE letter_reports FINAL")
        figures["merged"] = _measure_state(engine)
        say("forgetting one participant")
        forgotten = engine.timed(lambda: forget(client, str(client.query(_SOMEBODY).result_rows[0][0]), lambda: None))
        return {**figures, "forgetting_ms": round(forgotten.wall_ms), "machine": machine()}


class _Took(NamedTuple):
    wall_ms: float
    cpu_ms: float
    """Of the server, whatever else the machine does meanwhile."""
    answer: Any


class _Engine(NamedTuple):
    """The server that is measured, and how often each question is asked."""

    client: Client
    process: psutil.Process
    runs: int
    say: Say

    def timed(self, act: Callable[[], Any]) -> _Took:
        """Return what something took from question to answer."""
        begin, before = time.perf_counter(), sum(self.process.cpu_times()[:2])
        answer = act()
        return _Took(1000 * (time.perf_counter() - begin), 1000 * (sum(self.process.cpu_times()[:2]) - before), answer)


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        with closing(server.connect()):
            yield server
    finally:
        server.process.kill()
        server.process.wait()


def _insert_rate(url: str, size: int) -> int:
    """Return how many reports a sink's own code makes rows of and stores in a second, the log at hand."""
    store = Store(partial(connect, url), Event())
    reports = season(size)
    spent, offset = 0.0, 0
    while batch := list(islice(reports, _BATCH)):
        records: list[Any] = [
            SimpleNamespace(
                topic="letters",
                partition=partition_of((key := report["report_id"].encode()), _PARTITIONS),
                offset=offset + number,
                key=key,
                value=encode(report),
                headers=HEADERS,
            )
            for number, report in enumerate(batch)
        ]
        offset += len(batch)
        begin = time.perf_counter()
        rows = letter_rows(records, 1, _PARTITIONS)
        store.insert(rows.table, rows.columns)
        spent += time.perf_counter() - begin
    return round(size / spent)


def _generate(client: Client, size: int, say: Say) -> None:
    done = 0
    for statement, rows in history_inserts(size):
        client.command(statement)
        done += rows
        say(f"generated {done:,} of {size:,} rows")


def _measure_state(engine: _Engine) -> Measured:
    client = engine.client
    parts, rows, disk = client.query(_SIZE).result_rows[0]
    engine.say("summing")
    client.command("SYSTEM START VIEW letter_sums_refresh")
    summed = engine.timed(partial(sum_anew, client))
    client.command("SYSTEM STOP VIEW letter_sums_refresh")
    told = {"participant": client.query(_SOMEBODY).result_rows[0][0]}
    return {
        "parts": parts,
        "bytes_a_row": round(disk / rows, 1),
        "sums_made_anew_ms": round(summed.wall_ms),
        "sums_made_anew_cpu_ms": round(summed.cpu_ms),
        "rows_of_sums": _number(client, "SELECT count() FROM letter_sums"),
        "questions": {one.name: _ask(engine, one, told) for one in (*QUESTIONS, OWN)},
        "resident_mb": round(engine.process.memory_info().rss / _MIB),
    }


def _ask(engine: _Engine, question: Question, told: dict[str, Any]) -> Measured:
    """Return what a query took, one time left out in which files are read first."""
    engine.say(question.name)
    ask = partial(engine.client.query, question.query, told, settings={"wait_end_of_query": 1})
    all_took = [engine.timed(ask) for _ in range(engine.runs + 1)][1:]
    wall = sorted(took.wall_ms for took in all_took)
    answer = all_took[-1].answer
    return {
        "p50_ms": round(statistics.median(wall), 1),
        "p95_ms": round(wall[round(0.95 * (len(wall) - 1))], 1),
        "best_ms": round(wall[0], 1),
        "cpu_ms": round(statistics.median(took.cpu_ms for took in all_took)),
        "goal_ms": question.goal_ms,
        "read_rows": int(answer.summary["read_rows"]),
        "memory_mb": round(int(answer.summary.get("memory_usage", 0)) / _MIB),
        "answer_rows": len(answer.result_rows),
    }


def _number(client: Client, query: str) -> float:
    return float(client.query(query).result_rows[0][0])


def as_table(measured: Measured) -> Table:
    """Return the figures for people: of each question both states, beside its goal."""
    about, states = measured["machine"], [measured["as inserted"], measured["merged"]]
    title = (
        f"{measured['rows']:,} rows, {measured['reports']:,.0f} reports that count; {about['cpu']}, {about['cores']} "
        f"cores, {about['date']}. A sink stores {measured['inserted_a_second']:,} a second"
    )
    title += f", and one participant is forgotten in {measured['forgetting_ms']:,} ms; "
    title += ", ".join(f"{name} {100 * share:.1f} %" for name, share in measured["shares"].items())
    table = Table("what", "as inserted", "merged", "goal", title=title, title_justify="left")
    for name in [name for name in states[0] if name != "questions"]:
        table.add_row(name, *(f"{state[name]:,}" for state in states), "60" if name == "bytes_a_row" else "")
    for name, first in states[0]["questions"].items():
        table.add_row(name, *(_sentence(state["questions"][name]) for state in states), f"{first['goal_ms']} ms")
    return table


def _sentence(one: Measured) -> str:
    mark = "" if one["p95_ms"] <= one["goal_ms"] else " !"
    times = f"{one['p50_ms']:.0f} / {one['p95_ms']:.0f} ms{mark}, CPU {one['cpu_ms']}"
    return f"{times}; {one['read_rows']:,} rows, {one['memory_mb']} MB"


def main(
    *,
    size: Annotated[int, typer.Option(help="Rows to generate.")] = 10_000_000,
    inserted: Annotated[int, typer.Option(help="Reports to store as the sink does.")] = 1_000_000,
    runs: Annotated[int, typer.Option(help="How often each question is asked.")] = 10,
    folder: Annotated[Path, typer.Option(help="Where everything lies; emptied first.")] = Path("build/bench-history"),
    into: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("build/bench-history.json"),
) -> None:
    """Measure, print a table (p50 / p95, the server's CPU; `!` beyond a goal) and write the figures as JSON."""
    console = Console()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    measured = measure_history(
        folder.absolute(), size=size, inserted=inserted, runs=runs, say=partial(console.print, highlight=False)
    )
    into.write_text(json.dumps(measured, indent=2) + "\n")
    console.print(as_table(measured))


if __name__ == "__main__":
    typer.run(main)
