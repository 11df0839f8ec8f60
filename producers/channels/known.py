"""The channels that there are: every folder beside this file that has a reader. Adding a channel is adding a folder."""

import importlib
import pkgutil
from typing import Final

import producers.channels
from producers.channels.reading import Channel


def _found() -> dict[str, Channel]:
    found = {}
    for folder in pkgutil.iter_modules(producers.channels.__path__):
        if folder.ispkg:
            reader = importlib.import_module(f"producers.channels.{folder.name}.read")
            if channel := getattr(reader, "CHANNEL", None):
                found[folder.name.replace("_", "-")] = channel
    return found


CHANNELS: Final[dict[str, Channel]] = _found()
"""By name, as sources name it."""
