"""Measures counting and the way from POST to the live event: `python -m tests.benchmarks`."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from deploy.kafka.server import KafkaNotAvailableError, KafkaServer
from deploy.ports import free_port
from tests.benchmarks.accepting import measure_accepting
from tests.benchmarks.counting import Say, measure_counting
from tests.benchmarks.machine import machine
from tests.benchmarks.posting import SCREEN, measure_posting
from tests.benchmarks.watching import measure_watching
from tests.benchmarks.yardstick import measure_naive_faust
from tests.counting import open_cluster

SLOW_RATE: Final = 100
FAST_RATE: Final = 1_000
_SAY_SECONDS: Final = 1.0

Measured = dict[str, Any]


def measure(
    folder: Path, *, size: int, naive_size: int, posting_seconds: float, posts: int, watchers: int, say: Say
) -> Measured:
    """Return all figures, measured on an Apache Kafka of its own with everything under the folder."""
    server = KafkaServer(folder / "kafka", free_port())
    try:
        server.start()
        server.wait_ready()
        open_cluster(server.address)
        counting = measure_counting(server.address, folder / "worker", size, say)
        state = folder / "worker" / "state"
        posting = measure_posting(
            server.address, folder / "parts", state, rates=[SLOW_RATE, FAST_RATE], seconds=posting_seconds, say=say
        )
        accepting = measure_accepting(
            server.address, folder / "accepting", posts=posts, seconds=posting_seconds / 4, say=say
        )
        naive = measure_naive_faust(server.address, folder / "naive", naive_size, say)
    finally:
        server.kill()
    watching = measure_watching(folder / "watching", watchers, posting_seconds, say)
    return {
        **counting,
        f"post_to_sse_ms_at_{SLOW_RATE}": posting[SLOW_RATE],
        "post_to_sse_ms": posting[FAST_RATE],
        "post_to_screen_ms": posting[SCREEN],
        **accepting,
        "watching": watching,
        "naive_faust_cpu_seconds_per_million": round(naive),
        "naive_faust_reports": naive_size,
        "machine": machine(),
    }


def main(
    *,
    size: Annotated[int, typer.Option(help="Records to count.")] = 1_000_000,
    naive_size: Annotated[int, typer.Option(help="Records for naive Faust.")] = 10_000,
    posting_seconds: Annotated[float, typer.Option(help="How long to post at each rate.")] = 20,
    posts: Annotated[int, typer.Option(help="How many to post at once.")] = 10_000,
    watchers: Annotated[int, typer.Option(help="How many to watch one counter.")] = 10_000,
    folder: Annotated[Path, typer.Option(help="Where everything lies; emptied first.")] = Path("build/bench"),
    into: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("build/bench.json"),
) -> None:
    """Measure, print a table and write the figures as JSON."""
    console = Console()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        measured = measure(
            folder.absolute(),
            size=size,
            naive_size=naive_size,
            posting_seconds=posting_seconds,
            posts=posts,
            watchers=watchers,
            say=_saying(console),
        )
    except KafkaNotAvailableError as error:
        sys.exit(str(error))
    into.write_text(json.dumps(measured, indent=2) + "\n")
    console.print(as_table(measured))


def as_table(measured: Measured) -> Table:
    """Return the figures for people."""
    about = measured["machine"]
    title = f"{about['cpu']}, {about['cores']} cores, Python {about['python']}, {about['date']}"
    table = Table("what", "figure", title=title, title_justify="left")
    for name, figure in measured.items():
        if name == "machine":
            continue
        parts = figure.items() if isinstance(figure, dict) else [("", figure)]
        for part, value in parts:
            shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else f"{value:,}"
            table.add_row(f"{name} {part}".strip(), shown)
    return table


def _saying(console: Console) -> Callable[[str], None]:
    """Return a voice that says what is new at most once a second."""
    said_at = float("-inf")

    def say(text: str) -> None:
        nonlocal said_at
        now = time.monotonic()
        if now - said_at >= _SAY_SECONDS:
            said_at = now
            console.print(text, highlight=False)

    return say


if __name__ == "__main__":
    typer.run(main)
