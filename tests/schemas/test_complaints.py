"""What a sender is told that a field should be: in words of our own, and without what was sent."""

from datetime import date, datetime
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from schemas.wire import refusal_of


class Inner(BaseModel):
    one: int


class Said(BaseModel):
    """Fields of every sort that the project's models have."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=5)] = "a"
    secret: Annotated[SecretStr, Field(min_length=32, max_length=40)] = SecretStr("a" * 32)
    slug: Annotated[str, Field(pattern=r"^[a-z]+$")] = "a"
    number: Annotated[int, Field(strict=True, ge=0, le=9)] = 1
    loose: int = 1
    share: float = 1.0
    choice: Literal["letter", "email"] = "letter"
    switch: Annotated[bool, Field(strict=True)] = True
    moment: datetime | None = None
    day: date | None = None
    inner: Inner = Inner(one=1)
    several: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    named: dict[str, int] = {}


def told(said: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Said.model_validate(said)
    return refusal_of(caught.value).detail


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([], "expected a JSON object"),
        ({"inner": 5}, "expected a JSON object"),
        ({"text": 5}, "expected a text"),
        ({"text": ""}, "expected at least 1 character"),
        ({"text": "abcdef"}, "expected at most 5 characters"),
        ({"secret": "short"}, "expected at least 32 characters"),
        ({"secret": "long" * 11}, "expected at most 40 characters"),
        ({"slug": "A b"}, "expected a text of the form ^[a-z]+$"),
        ({"number": "many"}, "expected a whole number"),
        ({"loose": "many"}, "expected a whole number"),
        ({"loose": 1.5}, "expected a whole number"),
        ({"number": -1}, "expected at least 0"),
        ({"number": 10}, "expected at most 9"),
        ({"share": "x"}, "expected a number"),
        ({"choice": "pigeon"}, "expected 'letter' or 'email'"),
        ({"switch": "x"}, "expected true or false"),
        ({"moment": "yesterday"}, "expected a date and time as in ISO 8601, such as 2026-12-10T18:30:00Z"),
        ({"day": "yesterday"}, "expected a date, such as 2026-12-10"),
        ({"several": 5}, "expected a list"),
        ({"several": []}, "expected at least 1 item"),
        ({"several": [1, 2, 3]}, "expected at most 2 items"),
        ({"else": 1}, "expected no field of this name"),
    ],
)
def test_what_was_expected_is_said_in_our_words(said: object, expected: str) -> None:
    """Each sort of complaint says what was expected."""
    assert told(said) == expected


@given(
    st.sampled_from(sorted(Said.model_fields)), st.none() | st.binary() | st.lists(st.text(min_size=6)) | st.floats()
)
def test_no_complaint_is_in_the_library_s_words(field: str, value: object) -> None:
    """Whatever is wrong, what is told begins as everything that we expect does, and quotes nothing that was sent."""
    refusals = []
    try:
        Said.model_validate({field: value})
    except ValidationError as error:
        refusals.append(refusal_of(error))
    assert all(refusal.detail.startswith("expected ") for refusal in refusals)
