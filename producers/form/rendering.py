"""The pages of the form as HTML: all inside, nothing from anywhere else, and no script but that of the proof."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from producers.form.reader import READERS, reader_of
from schemas.catalogue import Campaign, Case
from schemas.reader import Reader

STYLE: Final = (files("producers.form") / "page.css").read_text("utf-8")
SCRIPT: Final = (files("producers.form") / "proof.js").read_text("utf-8")
"""Of the form's proof of work, where one is asked for; else there is no script."""


def _hash_of(text: str) -> str:
    """Return what a policy names an inline style or script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_POLICY: Final = (
    f"default-src 'none'; style-src {_hash_of(STYLE)}; img-src 'self'; form-action 'self'; base-uri 'none'; "
)
_SCRIPTED: Final = f"script-src {_hash_of(SCRIPT)}; "


_KEPT: Final = ("lang", "event", "embed")
"""What an address says besides its path; nothing else is said on."""


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("producers.form"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(READERS[language].translations, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    environment.globals["named"] = named
    return environment


def named(campaign: Campaign) -> Mapping[str, Case]:
    """Return the campaign's cases by their slugs."""
    return {case.case: case for case in campaign.cases}


def reader_for(request: Request) -> Reader:
    """Return the reader that a request is from."""
    return reader_of(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def is_embedded(request: Request) -> bool:
    """Return whether the page may stand in a frame of another site: only where its address says so."""
    return request.query_params.get("embed") == "1"


def query_of(request: Request, **changes: str | None) -> str:
    """Return what a link to another page says after its path, `?` included; a change to None leaves a name out."""
    asked = {name: value for name in _KEPT if (value := request.query_params.get(name))} | changes
    said = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"?{said}" if said else "?"


def address_to(request: Request, path: str, **changes: str | None) -> str:
    """Return where an answer leads on to."""
    return f"{path}{query_of(request, **changes)}".removesuffix("?")


def page(request: Request, template: str, *, status: int = 200, is_private: bool = True, **said: object) -> Response:
    """Return a page; a private one is kept nowhere."""
    reader = reader_for(request)
    html = (
        _environment(reader.language)
        .get_template(template)
        .render(
            reader=reader,
            readers=READERS.values(),
            style=Markup(STYLE),  # noqa: S704 (a file of ours)
            script=Markup(SCRIPT),  # noqa: S704 (as above)
            is_private=is_private,
            is_embedded=is_embedded(request),
            in_language=lambda language: query_of(request, lang=language),
            query=query_of(request),
            **said,
        )
    )
    headers = {
        "Content-Language": reader.language,
        "Content-Security-Policy": _policy_of(request, has_script=bool(said.get("challenge"))),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept-Language",
        # A form that may be kept comes back by "back" as it was, with its id, and counts once.
        "Cache-Control": "no-store" if is_private else "private, no-cache",
    }
    if not is_embedded(request):
        headers["X-Frame-Options"] = "DENY"
    if is_private:
        headers["X-Robots-Tag"] = "noindex"
    return Response(html, status, headers, media_type="text/html")


def _policy_of(request: Request, *, has_script: bool) -> str:
    framed_by = "*" if is_embedded(request) else "'none'"
    return f"{_POLICY}{_SCRIPTED if has_script else ''}frame-ancestors {framed_by}"
