"""What a sample's file name says of its content."""

from typing import Final

_TYPES: Final = {
    "json": "application/json",
    "csv": "text/csv",
    "form": "application/x-www-form-urlencoded",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def media_type_of(name: str) -> str:
    """Return the Content-Type that a sample is sent with."""
    return _TYPES[name.rpartition(".")[2]]
