"""The files that embeds refer to: the element's script, as small as it can be had, and the widget's style."""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from schemas.reader import Reader
from sinks.counters.digest import digest_of
from sinks.counters.embeds.languages import READERS

_COMMENT: Final = re.compile(r"^//.*$", re.MULTILINE)
_NEEDLESS_BREAK: Final = re.compile(r"(?<=[{;,])\n")


@dataclass(frozen=True)
class File:
    """A file as it is served."""

    content: bytes
    media_type: str
    tag: str


def tag_of(content: bytes) -> str:
    """Return the tag that changes with the content."""
    return f'"{digest_of(content)}"'


def _file(text: str, media_type: str) -> File:
    content = text.encode()
    return File(content, media_type, tag_of(content))


def _read(name: str) -> str:
    return (files("sinks.counters.embeds") / "files" / name).read_text("utf-8")


def _script() -> str:
    lines = _COMMENT.sub("", "\n".join(line.strip() for line in _read("letter-tally.js").splitlines()))
    unheard = {language: _unheard(reader) for language, reader in READERS.items()}
    text = "\n".join(line for line in lines.splitlines() if line)
    return _NEEDLESS_BREAK.sub("", text.replace("$unheard", json.dumps(unheard, ensure_ascii=False))) + "\n"


def _unheard(reader: Reader) -> str:
    return reader.translations.gettext("The counter can't be reached.")


FILES: Final = {
    "letter-tally.js": _file(_script(), "text/javascript"),
    "widget.css": _file(_read("widget.css"), "text/css"),
}
