"""What a request asks to embed, in the words of whoever asks."""

from fastapi import Request

from sinks.counters.answers import Sources
from sinks.counters.embeds.languages import reader_for
from sinks.counters.embeds.permission import embeddable
from sinks.counters.embeds.subject import Subject, subject_of


def subject_asked(sources: Sources, request: Request, campaign: str | None, scope: str, member: str) -> Subject:
    """Return a total; raises Problem where there is none such, and where it may not be embedded."""
    known, place = embeddable(sources, campaign, scope, member)
    clock = (sources.clock_ms(), sources.stale_after_ms)
    return subject_of(sources.board, known, place, reader_for(request), clock)
