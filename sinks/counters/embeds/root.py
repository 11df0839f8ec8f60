"""Where the counters are, as others are told it."""

from typing import NamedTuple

from fastapi import Request

from sinks.counters.answers import Sources


class Root(NamedTuple):
    """The address of the first page; one that is only what a request called us is for who asked, and for no cache."""

    address: str
    is_set: bool

    @property
    def kept_by(self) -> str:
        """Who may keep an answer that has the address in it."""
        return "public" if self.is_set else "private"


def root_of(sources: Sources, request: Request) -> Root:
    """Return the address that was set, else the one that the request was sent to."""
    if sources.counters_url is None:
        return Root(str(request.base_url), is_set=False)
    return Root(f"{sources.counters_url.rstrip('/')}/", is_set=True)
