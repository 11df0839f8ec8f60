"""What was answered to the questions that a source's `fields` name. Pure."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from producers.channels.source import Source
from schemas.rejection import Reason
from schemas.report import SLUG

_OWN_NAME: Final = re.compile(r"(?![0-9a-f]{8}-[0-9a-f]{4}-)" + SLUG.pattern)
"""A ref that a person chose; platforms generate UUIDs and mixed letters, which say nothing."""


class Answer(NamedTuple):
    """What was answered to one question: each item by the names that it has, such as a choice's ref and label."""

    items: tuple[tuple[object, ...], ...]
    takes_several: bool = False


class UnclearError(Exception):
    """An answer says nothing that can be counted; carries the reason, the question and what was expected."""

    def __init__(self, reason: Reason, question: str, detail: str) -> None:
        super().__init__(detail)
        self.refusal = (reason, question, detail)


class Asked:
    """The questions that the source's `fields` name, and what was answered to them."""

    def __init__(self, source: Source, answers: Mapping[str, Answer]) -> None:
        self.cases = source.cases
        self.fields = source.fields
        self._answers = answers

    def questions(self, target: str) -> list[str]:
        """Return the questions that ask for it; a form in several languages has several."""
        return [question for question, asks in self.fields.items() if asks == target]

    def answered(self, target: str) -> list[tuple[str, Answer]]:
        """Return the questions that ask for it and were answered, each once though it may have two names."""
        answered = {id(self._answers[q]): (q, self._answers[q]) for q in self.questions(target) if q in self._answers}
        return list(answered.values())

    def only(self, target: str) -> tuple[str, Answer] | None:
        """Return the question that asks for it and was answered; raises UnclearError where there are several."""
        found = self.answered(target)
        if len(found) > 1:
            expected = f"expected an answer to one of the questions that ask for the {target}, found {len(found)}"
            raise UnclearError("bad_value", found[1][0], expected)
        return found[0] if found else None

    def text(self, target: str) -> tuple[str, str] | None:
        """Return the first question that asks for it and was answered, with its answer as a text."""
        found = self.answered(target)
        return (found[0][0], self.name(found[0][1].items[0])) if found else None

    def name(self, item: tuple[object, ...]) -> str:
        """Return the name that the source's `cases` know, else a ref that somebody chose, else the label."""
        names = [str(name).strip() for name in item]
        known = (name for name in names if name in self.cases)
        chosen = (name for name in names if _OWN_NAME.fullmatch(name))
        return next(known, None) or next(chosen, None) or names[-1]
