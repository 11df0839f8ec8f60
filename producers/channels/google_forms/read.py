"""Google Forms: a filled form as relay.gs sends it; the source's `fields` name questions by their text."""

from typing import Any, Final

from pydantic import BaseModel, ValidationError

from producers.channels.answers import Answer
from producers.channels.lenient import Id, Moment, json_of, milliseconds_of, refused_object
from producers.channels.questions import Filled, drafts_of
from producers.channels.reading import Channel, Delivery, Reading, Refused
from producers.channels.source import Source


class Response(BaseModel):
    """One filled form; a response that its writer changes later keeps its id and comes again as a whole."""

    response_id: Id
    form_id: Id
    submitted_at: Moment
    email: str | None = None
    answers: dict[str, Any]


def read(delivery: Delivery, source: Source) -> list[Reading]:
    """Return a reading for each case that the form says letters were written on; never raises."""
    said = json_of(delivery.body)
    if isinstance(said, Refused):
        return [said]
    try:
        response = Response.model_validate(said)
    except ValidationError as error:
        return [refused_object(error, said.get("response_id") if isinstance(said, dict) else None)]
    filled = Filled(
        submission=response.response_id,
        case=response.form_id,
        written_at=response.submitted_at,
        email=response.email,
        revision=milliseconds_of(response.submitted_at),
        replaces=True,
    )
    return drafts_of(filled, {question: _answer(said) for question, said in response.answers.items()}, source)


def _answer(said: object) -> Answer:
    """Return an answer: a text, a list of texts where several boxes can be ticked."""
    if isinstance(said, list):
        return Answer(tuple((item,) for item in said if item not in (None, "")), takes_several=True)
    return Answer(() if said is None or str(said).strip() == "" else ((said,),))


CHANNEL: Final = Channel("timestamped", "letter", read)
