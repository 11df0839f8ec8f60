"""The files that the page refers to: a name, and a tag that changes with the content, so that they can be kept."""

from hashlib import blake2b
from importlib.resources import files
from typing import Final

FILES: Final = {name: (files("sinks.history") / "page" / name).read_bytes() for name in ("history.css", "icon.svg")}
MEDIA_TYPES: Final = {"history.css": "text/css", "icon.svg": "image/svg+xml"}
DIGESTS: Final = {name: blake2b(content, digest_size=6).hexdigest() for name, content in FILES.items()}


def address_of(name: str) -> str:
    """Return where the page finds a file; what is found there never changes."""
    return f"history/page/{name}?v={DIGESTS[name]}"
