"""The files that pages refer to: a name, and a tag that changes with the content, so that they can be kept for long."""

import re
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from typing import Final

_MEDIA_TYPES: Final = {
    "counter.css": "text/css",
    "counter.js": "text/javascript",
    "place.js": "text/javascript",
    "places.css": "text/css",
    "room.css": "text/css",
    "room.js": "text/javascript",
    "sheet.css": "text/css",
    "icon.svg": "image/svg+xml",
    "world.svg": "image/svg+xml",
}


@dataclass(frozen=True)
class File:
    """A file that pages refer to."""

    content: bytes
    media_type: str
    digest: str


def read_file(package: str, name: str, media_type: str) -> File:
    """Return a file of a package's folder `page`."""
    content = (files(package) / "page" / name).read_bytes()
    return File(content, media_type, blake2b(content, digest_size=6).hexdigest())


_FILES: Final = {name: read_file("sinks.counters", name, media_type) for name, media_type in _MEDIA_TYPES.items()}

_DRAWN: Final = _FILES["world.svg"].content.decode()
MAP_BOX: Final = _DRAWN.partition('viewBox="')[2].partition('"')[0]
"""The map's edges, in its units."""
MAP_CODES: Final = tuple(re.findall(r'id="([A-Z]{2})"', _DRAWN))
"""The countries that the map has, in the order in which they are drawn."""


def file_of(name: str) -> File | None:
    """Return a file by its name, or None."""
    return _FILES.get(name)


def address_of(name: str, root: str) -> str:
    """Return where a page finds a file, seen from the page; what is found there never changes."""
    return f"{root}page/{name}?v={_FILES[name].digest}"
