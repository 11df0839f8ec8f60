"""What a person is told of what has to be mended: one sentence a field, in their language."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.reader import Reader
from schemas.report import MOST_LETTERS
from schemas.wire import Refusal

_FORM: Final = "form"


class Complaint(NamedTuple):
    """A sentence, and the id of the field that it speaks of; the whole form where there is none."""

    field: str
    sentence: str


def complaints_of(refusals: Iterable[Refusal], reader: Reader) -> list[Complaint]:
    """Return what has to be mended."""
    return [Complaint(_field(refusal), _sentence(refusal, reader)) for refusal in refusals]


def _field(refusal: Refusal) -> str:
    """Return the id of a field: lines.2.letters stands at letters-2."""
    name, *rest = (refusal.field or _FORM).split(".")
    if name == "lines":
        return f"letters-{rest[0] if rest else 0}"
    return name if name in {"country", "event", "kind", "written_at", "email"} else _FORM


def _sentence(refusal: Refusal, reader: Reader) -> str:
    t = reader.translations
    sentences = {
        "country": t.gettext("Choose a country, or say that it is unknown."),
        "event": t.gettext("This event is not known in this campaign. Choose another one, or none."),
        "kind": t.gettext("Choose what you wrote."),
        "written_at": t.gettext("Choose a day of this campaign that is not in the future."),
        "email": t.gettext("Write an e-mail address such as name@example.org, or leave the field empty."),
    }
    if refusal.reason == "nothing_to_count":
        return t.gettext("Write beside at least one name how many letters you wrote.")
    if refusal.reason == "count_out_of_range":
        most = reader.number(MOST_LETTERS)
        return t.gettext("Write a number from 0 to %(most)s.") % {"most": most}
    if refusal.reason == "campaign_not_open":
        return t.gettext("This campaign has not begun yet.")
    if refusal.reason == "campaign_over":
        return t.gettext("This campaign is over; nothing can be reported or changed any more.")
    if (refusal.field or "").startswith("lines."):
        return t.gettext("Write a whole number such as 12, or leave the field empty.")
    return sentences.get(_field(refusal)) or t.gettext(
        "This form could not be read. Open it again and fill it in anew."
    )
