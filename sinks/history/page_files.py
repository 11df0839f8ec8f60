"""The files that the page refers to."""

from typing import Final

from sinks.counters.page_files import read_file

FILES: Final = {
    "history.css": read_file("sinks.history", "history.css", "text/css"),
    "icon.svg": read_file("sinks.counters", "icon.svg", "image/svg+xml"),
}


def address_of(name: str) -> str:
    """Return where the page finds a file; what is found there never changes."""
    return f"history/page/{name}?v={FILES[name].digest}"
