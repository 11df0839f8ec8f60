"""A PNG, read as its specification says: its chunks, each with a checksum that must agree."""

import struct
import zlib
from typing import NamedTuple

SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Picture(NamedTuple):
    """A picture: its size, what it says in words, and the bytes of its points."""

    width: int
    height: int
    description: str
    points: bytes


def read_png(content: bytes) -> Picture:
    assert content.startswith(SIGNATURE)
    chunks: list[tuple[bytes, bytes]] = []
    at = len(SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length) == (zlib.crc32(kind + body),)
        chunks.append((kind, body))
        at += 12 + length
    assert (chunks[0][0], chunks[-1][0]) == (b"IHDR", b"IEND")
    width, height, depth, colours = struct.unpack_from(">IIBB", chunks[0][1])
    points = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    assert len(points) == height * (1 + width * {2: 3, 6: 4}[colours] * depth // 8)
    words = [body.partition(b"\0\0\0\0\0")[2] for kind, body in chunks if kind == b"iTXt"]
    return Picture(width, height, b"".join(words).decode(), points)
