"""The petitions of one site, one after the other: never two requests to it at a time."""

import asyncio
import heapq
import time
from collections.abc import Sequence
from typing import Final

import httpx

from producers.poller.petition import Petition

_GAP_SECONDS: Final = 0.2


async def go_round(petitions: Sequence[Petition], client: httpx.AsyncClient) -> None:
    """Poll each when it is due, until cancelled; where the site asks to be left alone, none is."""
    due = [(0.0, number) for number in range(len(petitions))]
    while True:
        at, number = heapq.heappop(due)
        await asyncio.sleep(max(_GAP_SECONDS, at - time.monotonic()))
        wait_seconds, leave_seconds = await petitions[number].poll(client)
        heapq.heappush(due, (time.monotonic() + wait_seconds, number))
        await asyncio.sleep(leave_seconds)
