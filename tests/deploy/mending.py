"""All parts of a stack whose organisers make mistakes, and mend them."""

import json
import os
import subprocess
from pathlib import Path

from deploy.embedded.leashed import Leashed
from schemas.report import LetterReport
from tests.deploy.cluster import Cluster
from tests.deploy.engines import start_part
from tests.holdings import letters_of
from tests.producers.conftest import CollectorProcess, wait_until_ready
from tests.producers.proofs import SECRET, proven
from tests.stacks import TALLY, make_folder, wait_for

SOURCE = 'source = "shop"\nchannel = "generic"\ncampaign = "w4r-2026"\ncountry = "FR"\nsecret_files = ["secret"]\n'
NOOR = '\n[[cases]]\ncase = "noor"\nname = "Noor"\ncountry = "PE"\nline = "Added late."\n'
KEY = "a key of the organisers, long enough for it"
FORM = {"campaign": "w4r-2026", "country": "FR"}


class Mended:
    """A cluster with all its parts and a collector that is started anew after each mend, as an operator does."""

    def __init__(self, folder: Path) -> None:
        self.cluster = Cluster(folder)
        self.campaigns = make_folder(folder / "campaign") / "campaigns"
        (folder / "shop.toml").write_text(SOURCE)
        (folder / "secret").write_text(SECRET)
        self.folder = folder
        self.counting: Leashed | None = None
        self.collector: CollectorProcess | None = None
        self.told = {
            "TALLY_CAMPAIGNS": str(self.campaigns),
            "TALLY_SOURCES": str(folder / "shop.toml"),
            "TALLY_ORGANISERS_KEY": KEY,
        }

    def start(self) -> None:
        self.cluster.tally("migrate")
        self.cluster.tally("topics", "create")
        self.cluster.start_parts()
        self.counting = start_part("streams", self.folder / "counting", self.cluster.settings)
        self.start_collector()

    def start_collector(self) -> None:
        self.collector = CollectorProcess(self.cluster.broker.address, self.campaigns, self.folder, self.told)
        wait_until_ready(self.collector.client)

    def add_case(self) -> None:
        campaign = self.campaigns / "campaign.toml"
        campaign.write_text(campaign.read_text() + NOOR)

    def tally(self, *command: str, status: int = 0) -> str:
        told = os.environ | self.cluster.settings | self.told
        done = subprocess.run(
            [*TALLY, "rejected", *command], env=told, check=False, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr if status else done.stdout

    def listed(self, *options: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.tally("list", "--json", *options))
        return found

    def has_listed(self, count: int) -> None:
        wait_for(lambda: len(self.listed()) == count, 60)

    def report(self, key: str | None, case: str, letters: int = 3, **changes: object) -> int:
        assert self.collector is not None
        headers = {"Idempotency-Key": key} if key else {}
        body = FORM | {"lines": [{"case": case, "letters": letters}]} | changes
        return self.collector.client.post("/v1/reports", json=body, headers=headers).status_code

    def deliver(self, number: int, **said: object) -> dict[str, object]:
        assert self.collector is not None
        body = json.dumps({"id": f"d-{number}", "case": "noor", "letters": 5} | said).encode()
        headers, parameters = proven("generic", body)
        headers["Content-Type"] = "application/json"
        answer = self.collector.client.post("/v1/channels/shop", content=body, headers=headers, params=parameters)
        told: dict[str, object] = answer.json()
        return told

    def counted(self) -> dict[str, LetterReport]:
        return {report["report_id"]: report for report in letters_of(self.cluster.broker.address)}

    def stop_all_but_engines(self) -> None:
        if self.collector is not None:
            self.collector.stop()
        if self.counting is not None:
            self.counting.kill()
        self.collector = self.counting = None
        self.cluster.stop_parts()

    def close(self) -> None:
        self.stop_all_but_engines()
        self.cluster.close()
