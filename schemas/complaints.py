"""What a validation complains of, in the words of the model that was not met."""

from collections.abc import Mapping
from typing import Any


def complaint_of(error: Mapping[str, Any]) -> str:
    """Return what was expected, as the validator says it, without the library's own word before it."""
    return str(error["msg"]).removeprefix("Value error, ")
