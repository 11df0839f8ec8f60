"""What a validation complains of, in this project's words, and without what was sent."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic_core.core_schema import ErrorType

_OURS: Final = "value_error"
_OF_THE_LIBRARY: Final = frozenset(get_args(ErrorType)) - {_OURS}
_OBJECT: Final = "expected a JSON object"
_TEXT: Final = "expected a text"
_WHOLE: Final = "expected a whole number"
_NUMBER: Final = "expected a number"
_MOMENT: Final = "expected a date and time as in ISO 8601, such as 2026-12-10T18:30:00Z"
_DAY: Final = "expected a date, such as 2026-12-10"
_SWITCH: Final = "expected true or false"
_EXPECTED: Final[dict[str, str]] = {
    "missing": "expected a value",
    "extra_forbidden": "expected no field of this name",
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type", "typed_dict_type"), _OBJECT),
    **dict.fromkeys(("string_type", "string_unicode"), _TEXT),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), _NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), _SWITCH),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing"), _MOMENT),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY),
    **dict.fromkeys(("list_type", "tuple_type"), "expected a list"),
    "literal_error": "expected {expected}",
    "string_pattern_mismatch": "expected a text of the form {pattern}",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "string_too_short": "expected at least {min_length} character{s}",
    "string_too_long": "expected at most {max_length} character{s}",
    "too_short": "expected at least {min_length} item{s}",
    "too_long": "expected at most {max_length} item{s}",
}
_ANY_VALUE: Final = "Value"
"""What the library calls a secret whose length is wrong; of anything else it says of what sort it is."""


def complaint_of(error: Mapping[str, Any]) -> str:
    """Return what was expected; what one of our own validators said, as it said it."""
    kind = error["type"]
    if kind not in _OF_THE_LIBRARY:
        return str(error["msg"]).removeprefix("Value error, ")
    told = error.get("ctx", {})
    if told.get("field_type") == _ANY_VALUE:
        kind = f"string_{kind}"
    length = told.get("min_length") if kind.endswith("short") else told.get("max_length")
    return _EXPECTED.get(kind, "expected another value").format(**told | {"s": "" if length == 1 else "s"})
