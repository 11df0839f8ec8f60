"""The way from a page to the form: its address, and that address as a QR code. Pure."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

import segno
from markupsafe import Markup


class FormLink(NamedTuple):
    """Where letters can be reported, and a drawing of it that a phone reads."""

    address: str
    code: Markup


@lru_cache(maxsize=1000)
def form_link(form_url: str | None, campaign: str, event: str | None, language: str | None) -> FormLink | None:
    """Return the link to the form, the event filled in; the language only where a reader has chosen it."""
    if form_url is None:
        return None
    said = {name: value for name, value in (("event", event), ("lang", language)) if value}
    address = f"{form_url.rstrip('/')}/{campaign}" + (f"?{urlencode(said)}" if said else "")
    drawn = segno.make(address, error="m", micro=False)
    # Black on white whatever the page's colours are: half of the phones don't read it the other way round.
    code = drawn.svg_inline(dark="#000", light="#fff", omitsize=True, svgclass="code", lineclass=None)
    return FormLink(address, Markup(code))  # noqa: S704 (drawn by segno: shapes alone)
