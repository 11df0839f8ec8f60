"""Prometheus's own tool, and what an expression of ours may name."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Final

import pytest
from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from schemas import metrics

_SELECTING: Final = re.compile(
    r"\"[^\"]*\"|\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
)
_OPERATING: Final = re.compile(r"\b(?:and|or|unless|bool|offset)\b|\b[a-z_]+\s*(?=\()|\b\d[\w.]*")
_LABELS: Final = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"|\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_OF_PROMETHEUS: Final = {"up": {"job", "instance"}}


def promtool(*arguments: str) -> str:
    """Run it and return what it says; without the tool the test is skipped, but never in CI."""
    if which("promtool") is None and "CI" not in os.environ:
        pytest.skip("there is no promtool: install the package prometheus")
    ran = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)  # noqa: S607 (of the PATH)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def names_in(expression: str) -> set[str]:
    """Return the names of series that an expression asks for."""
    return set(re.findall(r"[a-zA-Z_:][\w:]*", _OPERATING.sub(" ", _SELECTING.sub(" ", expression))))


def labels_in(expression: str) -> set[str]:
    """Return the labels that it matches or groups by."""
    found = set()
    for matched, grouped in _LABELS.findall(expression):
        found |= {matched} if matched else {one.strip() for one in grouped.split(",")}
    return found


def known() -> dict[str, set[str]]:
    """Return the names of all series that parts serve, each with its labels, and what Prometheus adds of its own."""
    declared = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    return _OF_PROMETHEUS | {
        name: {*metric._labelnames, "job", "instance", *(["le"] if name.endswith("_bucket") else [])}  # noqa: SLF001 (as declared)
        for metric in declared
        for name in _series_of(metric)
    }


def _series_of(metric: MetricWrapperBase) -> Iterator[str]:
    name = metric._name  # noqa: SLF001 (as declared)
    if isinstance(metric, Counter):
        yield f"{name}_total"
    elif isinstance(metric, Histogram):
        yield from (f"{name}_bucket", f"{name}_sum", f"{name}_count")
    else:
        yield name


def check_expressions(expressions: dict[str, str], folder: Path) -> None:
    """Fail unless promtool can parse each expression, and each names only series and labels that there are."""
    series = known()
    for where, expression in expressions.items():
        names = names_in(expression)
        assert names, where
        assert names <= series.keys(), f"{where} names {names - series.keys()}"
        labels = set.union(*(series[name] for name in names))
        assert labels_in(expression) <= labels, f"{where} names {labels_in(expression) - labels}"
    rules = [
        f"      - record: expression:{number}\n        expr: {expression!r}"
        for number, expression in enumerate(expressions.values())
    ]
    file = folder / "expressions.yml"
    file.write_text("\n".join(["groups:", "  - name: all", "    rules:", *rules]))
    promtool("check", "rules", str(file))
