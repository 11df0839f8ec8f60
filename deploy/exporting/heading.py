"""What every export says of itself. Pure."""

from collections.abc import Mapping

from deploy.exporting.asked import Asked
from deploy.exporting.reading import Known
from sinks.counters.edition import iso_text

Heading = Mapping[str, str | int]


def heading_of(asked: Asked, known: Known) -> Heading:
    """Return what stands in the head, in its order: each value on one line."""
    return {
        "publication": str(known.publication_id),
        "campaign": asked.campaign,
        "as_of": iso_text(known.as_of),
        "definition": asked.definition(),
        "letters": known.letters,
        "reports": known.reports,
        "query": asked.as_sql(),
    }
