"""Every metric is set by somebody, says what to do about it, and takes back what it no longer knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from schemas import metrics
from schemas.lag import Lag

ROOT = Path(__file__).parents[2]
STAGES = ("producers", "streams", "sinks", "schemas", "deploy")
SETTERS = {"inc", "dec", "set", "set_to_current_time", "observe", "time"}
NAMES = sorted(name for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase))


def set_in(tree: ast.AST) -> Iterator[str]:
    """Yield the names on which a setter is called, be it through `metrics.` or `.labels(...)`."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in SETTERS:
            target = call.func.value
            if isinstance(target, ast.Call) and isinstance(target.func, ast.Attribute):
                target = target.func.value
            if isinstance(target, ast.Name):
                yield target.id
            elif isinstance(target, ast.Attribute):
                yield target.attr


@pytest.fixture(scope="module")
def all_set() -> set[str]:
    sources = [file for stage in STAGES for file in (ROOT / stage).rglob("*.py")]
    return {name for file in sources for name in set_in(ast.parse(file.read_text("utf-8")))}


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_is_set_by_somebody(name: str, all_set: set[str]) -> None:
    """Each declared metric is increased, set or observed somewhere in the stages."""
    assert name in all_set


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_says_what_to_do(name: str) -> None:
    """The line above each declaration is a comment of a sentence at least."""
    lines = (ROOT / "schemas" / "metrics.py").read_text("utf-8").splitlines()
    above = lines[next(number for number, line in enumerate(lines) if line.startswith(f"{name}: Final")) - 1]
    assert above.startswith("# ")
    assert above.endswith((".", "?"))


def value(name: str, partition: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"partition": partition})


def test_lag_is_the_age_of_the_oldest_record() -> None:
    """Records and seconds are those of what waits: 0 when nothing does, however old the last record is."""
    lag = Lag()
    lag.tell("t/1", position=4, end=9, oldest_ms=70_000, now=100)
    assert (value("tally_lag_records", "t/1"), value("tally_lag_seconds", "t/1")) == (5, 30)
    lag.tell("t/1", position=9, end=9, oldest_ms=None, now=101)
    assert (value("tally_lag_records", "t/1"), value("tally_lag_seconds", "t/1")) == (0, 0)


def test_lag_of_what_was_not_fetched_grows_while_nothing_moves() -> None:
    """A record that nobody has fetched is as old as it has been seen waiting; a move starts that anew."""
    lag = Lag()
    for now, position, seconds in ((100, 4, 0), (107, 4, 7), (108, 5, 0), (110, 5, 2)):
        lag.tell("t/2", position=position, end=9, oldest_ms=None, now=now)
        assert value("tally_lag_seconds", "t/2") == seconds


def test_lag_of_a_partition_that_went_is_gone() -> None:
    """What is another process's now leaves no series behind, and to forget it twice is harmless."""
    lag = Lag()
    lag.tell("t/3", position=0, end=1, oldest_ms=None, now=1)
    lag.forget("t/3")
    lag.forget("t/3")
    assert value("tally_lag_records", "t/3") is None
    assert value("tally_lag_seconds", "t/3") is None
