"""A watcher of the live stream that notes when each event came and looks at it later."""

import asyncio
import json
import time
from bisect import bisect_left
from typing import Final

from tests.counting import PARTITIONS

_LARGEST_EVENT: Final = 16 << 20
_LOOK_SECONDS: Final = 0.2


class Watcher:
    """Reads `/v1/live`; `events` are (monotonic seconds of its last byte, its bytes)."""

    def __init__(self) -> None:
        self.events: list[tuple[float, bytes]] = []
        self._reading: asyncio.Task[None]
        self._writer: asyncio.StreamWriter

    async def start(self, host: str, port: int, campaign: str) -> None:
        """Connect and return once the first event is here."""
        reader, self._writer = await asyncio.open_connection(host, port, limit=_LARGEST_EVENT)
        self._writer.write(f"GET /v1/live?campaign={campaign} HTTP/1.1\r\nHost: counters\r\n\r\n".encode())
        self._reading = asyncio.create_task(self._read(reader))
        while not self.events:
            await self._look()

    async def wait_for(self, ends: dict[int, int], limit_seconds: float) -> None:
        """Return once all of these partitions are shown up to their ends."""
        async with asyncio.timeout(limit_seconds):
            while any(self.versions(-1)[home] < end for home, end in ends.items()):
                await self._look()

    async def stop(self) -> None:
        """Disconnect."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self._writer.close()

    def versions(self, number: int) -> list[int]:
        """Return how many records of each partition an event counts."""
        data = next(line for line in self.events[number][1].split(b"\n") if line.startswith(b"data: "))
        versions = json.loads(data[6:])["versions"]
        return [versions[str(home)] for home in range(PARTITIONS)]

    def shown_at(self, places: list[tuple[int, int]]) -> list[float]:
        """Return when each record (partition, offset) was counted in an event for the first time."""
        came = [when for when, _ in self.events]
        by_partition = list(zip(*(self.versions(number) for number in range(len(self.events))), strict=True))
        return [came[bisect_left(by_partition[home], offset + 1)] for home, offset in places]

    async def _look(self) -> None:
        await asyncio.sleep(_LOOK_SECONDS)
        if self._reading.done():
            self._reading.result()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            event = await reader.readuntil(b"\n\n")
            if b'"versions":' in event:  # totals, no sign of life and no rates
                self.events.append((time.monotonic(), event))
