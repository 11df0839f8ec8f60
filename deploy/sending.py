"""A delivery sent to a collector by an operator's command, again while nobody takes it; or a sentence why not."""

import sys
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx

_PATIENCE_SECONDS: Final = 60
_PAUSE_SECONDS: Final = 2.0
_LATER: Final = {httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}


def send(url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return what became of it; exits where a collector refuses it, or none takes it within a minute."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            answer = httpx.post(url, content=body, headers=dict(headers), timeout=_PATIENCE_SECONDS)
        except httpx.HTTPError as error:
            said = f"does not answer ({type(error).__name__})"
        else:
            if answer.status_code == httpx.codes.OK:
                taken: dict[str, Any] = answer.json()
                return taken
            said = _told(answer)
            if answer.status_code not in _LATER:
                sys.exit(f"The collector refuses it: {said}")
        if time.monotonic() > deadline:
            sys.exit(f"The collector of {url}: {said}. What it has taken counts once, so the same can be sent again.")
        time.sleep(_PAUSE_SECONDS)


def _told(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        return f"{told['detail']} {told.get('remedy', '')}".strip()
    except (ValueError, KeyError, TypeError):
        return f"it answers {answer.status_code}, which is no collector's way"
