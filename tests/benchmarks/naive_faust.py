"""Stands for counting the way Faust's tutorial teaches it, as a yardstick; nothing of the project uses it.

A model, a table of the ids that were seen, a table for each kind of total, one report at a time. It does less than
what it is compared with: no corrections, no withdrawals, no minutes, nothing told to readers, everything in memory;
and killed, it loses or double counts (docs/decisions/0003-faust-as-the-runtime.md).
"""

import asyncio
import os
import sys
import time
from typing import Final

import faust

TOPIC: Final = "naive-letters"
TOTALS: Final = ("world", "countries", "cases", "events", "channels", "kinds")
CHANGELOGS: Final = [f"naive-{table}-changelog" for table in ("seen", *TOTALS)]


class Report(faust.Record):  # type: ignore[misc]  # Faust ships no types
    """The fields that are counted."""

    report_id: str
    campaign: str
    case: str
    event: str | None
    country: str
    channel: str
    kind: str
    letters: int


def make_app(servers: str, folder: str, records: int, finished: asyncio.Event) -> faust.App:
    """Return an app that counts the topic and sets `finished` after so many records."""
    app = faust.App(
        "naive",
        broker=f"kafka://{servers}",
        store="memory://",
        datadir=folder,
        topic_partitions=8,
        broker_session_timeout=6,
        broker_heartbeat_interval=2,
        web_enabled=False,
    )
    seen = app.Table("seen", default=bool)
    world, countries, cases, events, channels, kinds = (app.Table(name, default=int) for name in TOTALS)
    counted = 0

    @app.agent(app.topic(TOPIC, value_type=Report))  # type: ignore[untyped-decorator]  # Faust ships no types
    async def count(reports: faust.StreamT) -> None:
        nonlocal counted
        async for report in reports:
            if not seen[report.report_id]:
                seen[report.report_id] = True
                world[report.campaign] += report.letters
                countries[report.country] += report.letters
                cases[report.case] += report.letters
                events[report.event or "none"] += report.letters
                channels[report.channel] += report.letters
                kinds[report.kind] += report.letters
            counted += 1
            if counted == 1:
                _say("first")
            if counted == records:
                finished.set()

    return app


def _say(which: str) -> None:
    sys.stdout.write(f"{which} {time.process_time()}\n")
    sys.stdout.flush()


async def main() -> None:
    """Count the records at this address and print the CPU seconds used when the first and the last were counted."""
    servers, folder, records = sys.argv[1:]
    finished = asyncio.Event()
    app = make_app(servers, folder, int(records), finished)
    app.discover()
    await app.start()
    await finished.wait()
    await app.producer.flush()
    _say("last")
    os._exit(0)  # what it leaves behind nobody reads


if __name__ == "__main__":
    asyncio.run(main())
