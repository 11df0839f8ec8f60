"""A filled form -> drafts, by the source's `fields`: which question asks for the case, the count, the country. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, get_args

from producers.channels.answers import Answer, Asked, UnclearError
from producers.channels.lenient import country_of
from producers.channels.reading import Draft, Reading, Refused, draft_of
from producers.channels.source import Source
from schemas.report import Kind

_TARGETS: Final = ("case", "letters", "country", "event", "email", "kind", "written_at")
_LETTERS_OF: Final = "letters:"
_WHOLE_NUMBER: Final = re.compile(r"[+-]?\d{1,40}")  # \d is a digit of any script: people write their own
_MOST: Final = 10**15


class Filled(NamedTuple):
    """A filled form, apart from its answers."""

    submission: str
    case: str
    """The form's own id: the case where no question asks for one."""
    written_at: datetime | None = None
    country: str | None = None
    contact: str | None = None
    email: str | None = None
    revision: int = 0
    replaces: bool = False
    """A changed form comes again as a whole, so a case that it leaves out is taken back."""
    counts_as_one: bool = False
    """Being sent at all says that one letter was written on its own case, unless an answer says more."""


Line = tuple[str, int]
"""Which case, as the form calls it, and how many letters."""


def drafts_of(filled: Filled, answers: Mapping[str, Answer], source: Source) -> list[Reading]:
    """Return a draft for each case that letters were written on, and what is unclear about the others."""
    asked = Asked(source, {question: answer for question, answer in answers.items() if answer.items})
    try:
        common = _common(filled, asked)
        lines = dict(_lines(filled, asked))
    except UnclearError as unclear:
        return [Refused(filled.submission, *unclear.refusal)]
    is_clear = not any(isinstance(said, UnclearError) for said in lines.values())
    if filled.replaces and is_clear:
        lines = _left_out(asked) | lines
    readings: list[Reading] = []
    for line, said in lines.items():
        if isinstance(said, UnclearError):
            readings.append(Refused(filled.submission, *said.refusal))
        elif said[1] or filled.replaces:
            case, letters = said
            common |= {"line": line, "case": case, "letters": letters, "withdrawn": letters == 0}
            readings.append(draft_of(filled.submission, **common))
    if all(isinstance(reading, Draft) and reading.withdrawn for reading in readings):
        expected = "expected at least one letter on at least one case"
        readings.append(Refused(filled.submission, "nothing_to_count", None, expected))
    return readings


def _common(filled: Filled, asked: Asked) -> dict[str, Any]:
    """Return what all reports of the form share."""
    for question, target in asked.fields.items():
        if target not in _TARGETS and not target.startswith(_LETTERS_OF):
            expected = f"expected the source's fields to name one of {', '.join(_TARGETS)} or {_LETTERS_OF}CASE"
            raise UnclearError("bad_value", question, expected)
    country, email, event = asked.text("country"), asked.text("email"), asked.text("event")
    return {
        "revision": filled.revision,
        "email": email[1] if email else filled.email,
        "contact": filled.contact,
        "event": (event[1] or None) if event else None,
        "country": country_of(country[1] if country else filled.country),
        "kind": _kind(asked.text("kind")),
        "written_at": _written_at(asked.text("written_at"), filled.written_at),
    }


def _kind(said: tuple[str, str] | None) -> str | None:
    if said and said[1].lower() not in get_args(Kind):
        raise UnclearError("bad_value", said[0], f"expected one of {', '.join(get_args(Kind))}")
    return said[1].lower() if said else None


def _written_at(said: tuple[str, str] | None, otherwise: datetime | None) -> datetime | None:
    """Return the time that was answered; one without an offset is by the campaign's clock, so it stays without."""
    if said is None:
        return otherwise
    try:
        return datetime.fromisoformat(said[1])
    except ValueError:
        raise UnclearError("bad_value", said[0], "expected a date as in ISO 8601") from None


def _lines(filled: Filled, asked: Asked) -> Iterator[tuple[str, Line | UnclearError]]:
    """Yield what was said by case, with the name that tells its report from the others; a later count wins."""
    counted = sorted({target for target in asked.fields.values() if target.startswith(_LETTERS_OF)})
    if asked.questions("case") or asked.questions("letters") or not counted:
        yield from _chosen(filled, asked, is_needed=not counted)
    for target in counted:
        case = target.removeprefix(_LETTERS_OF)
        if found := asked.answered(target):
            yield case, _total(case, [_line(case, *one) for one in found])


def _chosen(filled: Filled, asked: Asked, *, is_needed: bool) -> Iterator[tuple[str, Line | UnclearError]]:
    """Yield the cases that were chosen, with the count that was given for them, or 1 where no question asks for it."""
    case, count = asked.only("case"), asked.only("letters")
    for target, found in (("case", case), ("letters", count)):
        if asked.questions(target) and not found and not filled.counts_as_one:
            if is_needed or case or count:
                yield "", UnclearError("missing_field", asked.questions(target)[0], "this answer is needed")
            return
    names = [asked.name(item) for item in case[1].items] if case else [filled.case]
    if case and count and len(names) > 1:
        expected = "expected one case for one count; a question for each case (letters:CASE) can count several"
        yield "", UnclearError("bad_value", count[0], expected)
        return
    for name in names:
        line = asked.cases.get(name, name) if case and case[1].takes_several else ""
        yield line, _line(name, *count) if count else (name, 1)


def _line(case: str, question: str, answer: Answer) -> Line | UnclearError:
    said = answer.items[0][-1]
    if isinstance(said, str) and _WHOLE_NUMBER.fullmatch(said.strip()):
        letters = int(said)
    elif isinstance(said, bool) or not (isinstance(said, int) or (isinstance(said, float) and said.is_integer())):
        return UnclearError("bad_value", question, "expected a whole number")
    else:
        letters = int(said)
    if abs(letters) > _MOST:
        return UnclearError("count_out_of_range", question, "expected a number of letters that a person can write")
    return case, letters


def _total(case: str, lines: list[Line | UnclearError]) -> Line | UnclearError:
    """Return the sum over the questions on one case, such as one for letters and one for cards."""
    unclear = [line for line in lines if isinstance(line, UnclearError)]
    return unclear[0] if unclear else (case, sum(line[1] for line in lines if not isinstance(line, UnclearError)))


def _left_out(asked: Asked) -> dict[str, Line | UnclearError]:
    """Return every case that the form could have named, with no letters: what it names takes their place."""
    case = asked.only("case")
    chosen = asked.cases.values() if asked.questions("case") and (case is None or case[1].takes_several) else ()
    counted = [target.removeprefix(_LETTERS_OF) for target in asked.fields.values() if target.startswith(_LETTERS_OF)]
    return {name: (name, 0) for name in (*chosen, *counted)}
