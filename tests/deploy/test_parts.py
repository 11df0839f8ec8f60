"""What the parts of one machine's stack are started with."""

from pathlib import Path

import pytest

from deploy.parts import Parts
from schemas.environment import Environment


@pytest.mark.parametrize(
    ("told", "expected"),
    [(None, "http://127.0.0.1:8002"), ("https://count.example/live", "https://count.example/live")],
)
def test_counters_and_collector_know_where_people_reach_the_counters(
    told: str | None, expected: str, tmp_path: Path
) -> None:
    """It is where the stack was told that they are reached, else where they listen."""
    environment = Environment.model_construct(counters_url=told)
    parts = Parts(tmp_path, environment, 8001, 8002, 9092, 8123, "kafka")
    for part in (parts.counters(), parts.collector(has_sources=False)):
        assert part.environment["TALLY_COUNTERS_URL"] == expected, part.name
