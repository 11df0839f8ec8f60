"""What each part of one machine's stack is told."""

from pathlib import Path

import pytest

from deploy.embedded.processes import Child
from deploy.parts import Parts
from producers.pseudonyms import NO_KEYS
from schemas.environment import Environment


@pytest.mark.parametrize(
    ("told", "links_to"),
    [
        ({}, "http://127.0.0.1:2"),
        ({"TALLY_PUBLIC_URL": "https://letters.example.org"}, None),
        ({"TALLY_COUNTERS_URL": "https://count.example.org"}, "https://count.example.org"),
        (
            {"TALLY_PUBLIC_URL": "https://letters.example.org", "TALLY_COUNTERS_URL": "https://count.example.org"},
            "https://count.example.org",
        ),
    ],
)
def test_receipts_link_to_this_machine_for_its_own_people_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], links_to: str | None
) -> None:
    """Where people come from elsewhere, receipts link to counters that were named, or to none."""
    parts = _parts(tmp_path, monkeypatch, told)
    for part in (parts.collector(NO_KEYS, has_sources=False), _counters(parts)):
        assert part.environment.get("TALLY_COUNTERS_URL") == links_to, part.name


@pytest.mark.parametrize(
    ("told", "links_to"),
    [
        ({}, "http://127.0.0.1:5/history"),
        ({"TALLY_PUBLIC_URL": "https://letters.example.org"}, None),
        (
            {
                "TALLY_PUBLIC_URL": "https://letters.example.org",
                "TALLY_HISTORY_URL": "https://years.example.org/history",
            },
            "https://years.example.org/history",
        ),
    ],
)
def test_counters_link_to_the_charts_of_this_machine_for_its_own_people_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], links_to: str | None
) -> None:
    """Where people come from elsewhere, counters link to charts whose address was named, or to none."""
    parts = _parts(tmp_path, monkeypatch, told)
    assert _counters(parts).environment.get("TALLY_HISTORY_URL") == links_to


def _parts(folder: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, str]) -> Parts:
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    environment = Environment()  # type: ignore[call-arg]  # every field has a default or is read from outside
    return Parts(folder, environment, 1, 2, 3, 4, "kafka", 5)


def _counters(parts: Parts) -> Child:
    return next(part for part in parts.sinks() if part.name == "counters")
