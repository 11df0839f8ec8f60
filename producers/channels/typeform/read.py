"""Typeform: a filled form; which question asks for what, the source's `fields` say by the questions' refs."""

from itertools import zip_longest
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field, ValidationError

from producers.channels.answers import Answer
from producers.channels.lenient import Id, Moment, json_of, refused_object
from producers.channels.questions import Filled, drafts_of
from producers.channels.reading import Channel, Delivery, Ignored, Reading, Refused
from producers.channels.source import Source

_MOST_ANSWERS: Final = 1000
# What "Send test request" fills in, and the token of the documentation's example.
_TEST_TEXTS: Final = ("Lorem ipsum dolor", "an_account@example.com")
_EXAMPLE_TOKEN: Final = "a3a12ec67a1365927098a606107fac15"  # noqa: S105 (a published example, no secret)


class Question(BaseModel):
    """Which question was answered."""

    id: str | None = None
    ref: str | None = None


class Choice(BaseModel):
    """What was chosen where one can be, or written beside the choices."""

    ref: str | None = None
    label: str | None = None
    other: str | None = None


class Choices(BaseModel):
    """What was chosen where several can be, or written beside the choices."""

    refs: list[str] | None = None
    labels: list[str] | None = None
    other: str | None = None


class Given(BaseModel):
    """One answer: its value stands under the name of its type."""

    field: Question
    text: str | None = None
    email: str | None = None
    number: float | int | None = None
    boolean: bool | None = None
    date: str | None = None
    choice: Choice | None = None
    choices: Choices | None = None


class FormResponse(BaseModel):
    """One filled form; its token is the same on every attempt to deliver it."""

    form_id: Id
    token: Id
    landed_at: Moment | None = None
    submitted_at: Moment | None = None
    hidden: dict[str, Any] | None = None
    answers: Annotated[list[Given] | None, Field(max_length=_MOST_ANSWERS)] = None


class Event(BaseModel):
    """One delivery."""

    event_id: str | None = None
    event_type: str
    form_response: FormResponse


def read(delivery: Delivery, source: Source) -> list[Reading]:
    """Return a reading for each case that the form says letters were written on; never raises."""
    said = json_of(delivery.body)
    if isinstance(said, Refused):
        return [said]
    kind_of_event = said.get("event_type") if isinstance(said, dict) else None
    if kind_of_event == "form_response_partial":
        return [Ignored("partial")]
    if isinstance(kind_of_event, str) and kind_of_event != "form_response":
        return [Ignored("other_event_type")]
    try:
        event = Event.model_validate(said)
    except ValidationError as error:
        form = said.get("form_response") if isinstance(said, dict) else None
        return [refused_object(error, form.get("token") if isinstance(form, dict) else None)]
    if _is_test(event):
        return [Ignored("test_delivery")]
    form = event.form_response
    filled = Filled(submission=form.token, case=form.form_id, written_at=form.submitted_at)
    return drafts_of(filled, _answers(form), source)


def _is_test(event: Event) -> bool:
    form = event.form_response
    is_made_up = form.token == event.event_id and form.landed_at == form.submitted_at
    texts = (text for given in form.answers or () for text in (given.text, given.email))
    return is_made_up or form.token == _EXAMPLE_TOKEN or any(text in _TEST_TEXTS for text in texts if text)


def _answers(form: FormResponse) -> dict[str, Answer]:
    """Return what was answered by the questions' refs and ids; an answer says more than a hidden field of its name."""
    answers = {name: Answer(((value,),)) for name, value in (form.hidden or {}).items() if value not in (None, "")}
    for given in form.answers or ():
        answers |= dict.fromkeys(filter(None, (given.field.id, given.field.ref)), _answer(given))
    return answers


def _answer(given: Given) -> Answer:
    if given.choices:
        chosen = zip_longest(given.choices.refs or (), given.choices.labels or ())
        items = (*filter(None, map(_named, chosen)), *([(given.choices.other,)] if given.choices.other else []))
        return Answer(items, takes_several=True)
    if given.choice:
        item = _named((given.choice.ref, given.choice.label or given.choice.other))
        return Answer((item,) if item else ())
    value = next((v for v in (given.text, given.email, given.number, given.boolean, given.date) if v is not None), None)
    return Answer(() if value in (None, "") else ((value,),))


def _named(names: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(name for name in names if name)


CHANNEL: Final = Channel("typeform", "letter", read)
