"""What is asked to be embedded, in the words of whoever asks."""

from schemas.reader import Reader
from sinks.counters.answers import Sources
from sinks.counters.embeds.permission import embeddable
from sinks.counters.embeds.subject import Subject, subject_of


def subject_asked(sources: Sources, reader: Reader, campaign: str | None, scope: str, member: str) -> Subject:
    """Return a total; raises Problem where there is none such, and where it may not be embedded."""
    known, place = embeddable(sources, campaign, scope, member)
    clock = (sources.clock_ms(), sources.stale_after_ms)
    return subject_of(sources.board, known, place, reader, clock)
