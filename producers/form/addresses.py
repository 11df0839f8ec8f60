"""Where people reach the pages, for links that leave the page: a receipt's, and the one in a QR code."""

import re
from typing import Final, NamedTuple

from fastapi import Request

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{1,5})?")


class Reached(NamedTuple):
    """Where people reach the collectors, and the counters; None where nobody has said so."""

    collectors: str | None
    counters: str | None


def address_of(request: Request, public_url: str | None) -> str:
    """Return the address that the settings name, else the one that the page was asked for by; empty if it is none."""
    if public_url is not None:
        return public_url.rstrip("/")
    if not _HOST.fullmatch(request.headers.get("host", "")):
        return ""
    return str(request.base_url).rstrip("/")
