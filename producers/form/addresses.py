"""Where people reach the pages, for links that leave the page: a receipt's, and the one in a QR code."""

from fastapi import Request


def address_of(request: Request, public_url: str | None) -> str:
    """Return the address that the settings name, else the one that the page was asked for by."""
    return (public_url or str(request.base_url)).rstrip("/")
