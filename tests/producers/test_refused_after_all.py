"""A key whose report is refused at the last moment is as free as it was."""

import asyncio
from pathlib import Path

import httpx
from fastapi import FastAPI

from deploy.ports import free_port
from producers.acceptance import Acceptance
from producers.collector import Collector
from producers.drafts import Rules
from producers.intake import Intake
from producers.outbox import Outbox
from producers.pseudonyms import PseudonymKeys
from producers.publisher import Publisher
from schemas.catalogue import load_catalogue
from schemas.receipt import Receipts

KEY = "a key of the tests, long enough for it"


def test_a_correction_refused_after_all_leaves_its_key_free(campaigns: Path, tmp_path: Path) -> None:
    """Where an event is gone between two looks at a changed report, the key can be used with other numbers again."""
    looks = iter((True, True, False, False, True, True))
    rules = Rules(load_catalogue(campaigns), PseudonymKeys(KEY.encode()), lambda *_: next(looks))

    async def play() -> None:
        outbox = Outbox(tmp_path / "outbox", 1, 0)
        acceptance = Acceptance(Publisher(f"127.0.0.1:{free_port()}", 8), outbox, through_outbox=True)
        app = FastAPI()
        app.add_api_route("/", Collector(Intake(rules, acceptance), Receipts([KEY])).report, methods=["POST"])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
            told = [(await client.post("/", json=body(n), headers={"Idempotency-Key": KEY})) for n in (5, 6, 7)]
        await outbox.close()
        assert told[1].json()["reason"] == "unknown_event"
        assert [answer.status_code for answer in told] == [503, 422, 503]  # nothing is kept where there is no room

    asyncio.run(play())


def body(letters: int) -> dict[str, object]:
    lines = [{"case": "amara", "letters": letters}]
    return {"campaign": "w4r-2026", "country": "FR", "event": "oslo", "lines": lines}
