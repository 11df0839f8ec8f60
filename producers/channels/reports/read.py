"""Our own form and JSON interface: bytes -> a submission, or why it is none."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from schemas.report import Kind
from schemas.wire import Refusal, refusal_of

_MOST_FIELDS: Final = 1000
_LETTERS_OF_CASE: Final = re.compile(r"letters\[(.*)\]")
_NEARLY_LETTERS_OF_CASE: Final = re.compile(r"\s*letters\s*\[", re.IGNORECASE)
_SWITCHES: Final = {
    "1": True,
    "true": True,
    "on": True,
    "yes": True,
    "0": False,
    "false": False,
    "off": False,
    "no": False,
}
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


def _moment(said: object) -> object:
    if isinstance(said, str):
        try:
            return datetime.fromisoformat(said)
        except ValueError:
            raise ValueError("expected a date or date and time as in ISO 8601, such as 2026-12-10") from None
    return said


class _NamedTwiceError(Exception):
    """One object says the same key twice; which of the two is meant, nobody can tell."""


def _once(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _NamedTwiceError("expected each key once in an object")


class Line(BaseModel):
    """How many letters on which case."""

    model_config = ConfigDict(strict=True)

    case: Annotated[str, Field(max_length=200)]
    letters: int


class Submission(BaseModel):
    """What a person or a program reports in one go; unknown keys, and a name, are dropped unread."""

    model_config = ConfigDict(strict=True)

    campaign: Annotated[str, Field(max_length=200)]
    email: Annotated[str, Field(max_length=320)] | None = None
    country: Annotated[str, Field(max_length=200)]
    event: Annotated[str, Field(max_length=200)] | None = None
    kind: Kind = "letter"
    written_at: Annotated[datetime, BeforeValidator(_moment)] | None = None
    modified_at: Annotated[datetime, BeforeValidator(_moment)] | None = None
    """When a correction was made, by the sender's clock; the newest one stands, whatever the order of arrival."""
    lines: Annotated[list[Line], Field(min_length=1, max_length=_MOST_FIELDS)]
    test: bool = False


def read_body(content_type: str, body: bytes) -> Submission | Refusal:
    """Return the submission in a body of one of CONTENT_TYPES, or why there is none; never raises."""
    reader = _READERS.get(content_type.partition(";")[0].strip().lower())
    if reader is None:
        return Refusal("unreadable", "Content-Type", f"expected one of {', '.join(CONTENT_TYPES)}")
    return reader(body)


def read_json(body: bytes) -> Submission | Refusal:
    """Return the submission in a JSON body, or why there is none; never raises."""
    try:
        said = orjson.loads(body)
        json.loads(body.decode("utf-8"), object_pairs_hook=_once)
        return Submission.model_validate(said)
    except _NamedTwiceError as error:
        return Refusal("bad_value", None, str(error))
    except ValidationError as error:
        return refusal_of(error)
    except (ValueError, RecursionError):  # not JSON, not UTF-8, nested too deeply, or a number of thousands of digits
        return Refusal("unreadable", None, "expected one JSON object in UTF-8")


def read_form(body: bytes) -> Submission | Refusal:
    """Return the submission in a form body: letters[CASE]=5, or repeated case= and letters=; never raises.

    An empty count beside a case is 0 letters: the lines of a form keep their places, whichever of them are filled in.
    """
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Refusal("unreadable", None, f"expected a form in UTF-8 with at most {_MOST_FIELDS} fields")
    names = [name for name, _ in pairs if name in Submission.model_fields]
    if len(set(names)) < len(names):
        return Refusal("bad_value", None, "expected each field once; only lines may repeat")
    fields: dict[str, Any] = {name: value for name, value in pairs if value}
    for name in (name for name, _ in pairs if _NEARLY_LETTERS_OF_CASE.match(name)):
        if not _LETTERS_OF_CASE.fullmatch(name):  # dropped unread, its letters would be lost unseen
            return Refusal("bad_value", "letters", "expected the name letters[CASE], in small letters")
    if "test" in fields:
        fields["test"] = _SWITCHES.get(fields["test"].strip().lower(), fields["test"])
    fields["lines"] = _lines(pairs)
    try:
        return Submission.model_validate(fields)
    except ValidationError as error:
        return refusal_of(error)


def _lines(pairs: list[tuple[str, str]]) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = [
        {"case": case[1], "letters": _number(value)}
        for name, value in pairs
        if (case := _LETTERS_OF_CASE.fullmatch(name)) and (case[1] or value.strip())
    ]
    cases = [value for name, value in pairs if name == "case"]
    counts = [value for name, value in pairs if name == "letters"]
    if len(cases) != len(counts):
        # One of the two is missing somewhere; which, nobody can tell, so the validation names the field.
        return [*lines, {"case": cases[0]} if cases else {"letters": _number(counts[0])}]
    rows = zip(cases, counts, strict=True)
    return lines + [{"case": case, "letters": _number(count)} for case, count in rows if case or count.strip()]


def _number(text: str) -> object:
    """Return the number, or the text itself, which the validation then refuses by the field's name."""
    said = text.strip() or "0"
    return int(said) if _WHOLE_NUMBER.fullmatch(said) else text


_READERS: Final[dict[str, Callable[[bytes], Submission | Refusal]]] = {
    "application/json": read_json,
    "application/x-www-form-urlencoded": read_form,
}
CONTENT_TYPES: Final = tuple(_READERS)
