"""What people wrote, and what the parts must keep to themselves, is in no log and no metric."""

import json
from pathlib import Path
from typing import Any

import httpx

from tests.stacks import BODY, Up, of_folder, wait_for

ADDRESS = "ana@example.org"


def test_what_people_wrote_is_in_no_log_and_no_metric(data: Path) -> None:
    """After a good report, refused ones and a kill, logs are JSON lines, and neither they nor /metrics hold secrets."""
    up = Up(data)
    told: dict[str, Any] = {**BODY, "email": ADDRESS, "name": "Ana Beispiel"}
    assert up.post("one", told) == 202
    lines = [{"case": "amara", "letters": "a dozen, by my mother"}]
    for number, bad in enumerate(({"country": ADDRESS}, {"event": ADDRESS}, {"lines": lines})):
        assert up.post(f"bad-{number}", {**told, **bad}) == 422
    up.part("streams").kill()
    assert up.post("two", told) == 202
    wait_for(lambda: up.world() == 10, 60)
    ports = {process.environ().get("TALLY_PORT") for process in of_folder(data)} - {None}
    pages = [httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text for port in ports]
    assert len(pages) == 7
    assert up.stop() == 0
    parts = ("collector", "held", "streams", "counters", "history", "milestones", "clickhouse-sink")
    for line in "".join((data / "logs" / f"{part}.log").read_text() for part in parts).splitlines():
        assert json.loads(line)["event"]
    everything = "".join([*pages, up.said(), *(file.read_text() for file in (data / "logs").iterdir())])
    secrets = [file.read_text() for file in (data / "secrets").iterdir()]
    for secret in (ADDRESS, "Beispiel", "my mother", *secrets):
        assert secret not in everything
