"""The way from a page to the charts, which another process serves. Pure."""

from urllib.parse import urlencode


def history_link(history_url: str | None, campaign: str, language: str | None) -> str | None:
    """Return the address of a campaign's charts; the language only where a reader has chosen it."""
    if history_url is None:
        return None
    said = {"campaign": campaign} | ({"lang": language} if language else {})
    return f"{history_url}?{urlencode(said)}"
