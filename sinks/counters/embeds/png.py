"""Badges as PNG: drawn once for each look, aside from the event loop, and kept for as long as others don't come."""

import asyncio
import struct
import zlib
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.resources import as_file
from typing import Final

import resvg_py

from sinks.counters.embeds.badge import Badge
from sinks.counters.embeds.lettering import FONT, FONT_FAMILY
from sinks.counters.problems import Problem

MOST_KEPT: Final = 512
"""Some kB each."""
MOST_WAITING: Final = 32
"""Some 10 ms each; who comes then is better served by a cache in between, or a moment later."""
_AFTER_HEADER: Final = 8 + 25
"""The signature, and the first chunk."""


class Pictures:
    """Draws badges, one at a time."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Badge, bytes] = OrderedDict()
        self._waiting: dict[Badge, asyncio.Future[bytes]] = {}
        self._thread = ThreadPoolExecutor(1, "badges")
        self._files = ExitStack()
        self._font = str(self._files.enter_context(as_file(FONT)))

    async def png(self, badge: Badge, title: str) -> bytes:
        """Return the picture with its title inside; raises Problem where too many wait."""
        return with_title(await self._drawn(badge), title)

    async def _drawn(self, badge: Badge) -> bytes:
        if badge in self._kept:
            self._kept.move_to_end(badge)
            return self._kept[badge]
        if badge not in self._waiting:
            if len(self._waiting) >= MOST_WAITING:
                raise Problem(503, "busy", "Too many different badges are being drawn.", "Ask again in a few seconds.")
            drawing = asyncio.get_running_loop().run_in_executor(self._thread, self._draw, badge)
            self._waiting[badge] = drawing
            drawing.add_done_callback(lambda drawn: self._keep(badge, drawn))
        return await asyncio.shield(self._waiting[badge])

    def _keep(self, badge: Badge, drawn: asyncio.Future[bytes]) -> None:
        del self._waiting[badge]
        if not drawn.cancelled() and drawn.exception() is None:
            self._kept[badge] = drawn.result()
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _draw(self, badge: Badge) -> bytes:
        return resvg_py.svg_to_bytes(
            svg_string=badge.svg(""),
            skip_system_fonts=True,  # it looks the same everywhere
            font_files=[self._font],
            font_family=FONT_FAMILY,
        )


def with_title(png: bytes, title: str) -> bytes:
    """Return the picture with what it says as text, which a PNG can carry for those who can't see it (iTXt)."""
    chunk = b"iTXtDescription\0\0\0\0\0" + title.encode()
    length, checksum = struct.pack(">I", len(chunk) - 4), struct.pack(">I", zlib.crc32(chunk))
    return png[:_AFTER_HEADER] + length + chunk + checksum + png[_AFTER_HEADER:]
