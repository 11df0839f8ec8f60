"""What goes wrong, told as application/problem+json (RFC 9457): the field, the reason, and what to do about it."""

from http import HTTPStatus
from typing import Final

import orjson
from starlette.responses import Response
from typing_extensions import TypedDict

OPEN_TO_ALL: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}


class ProblemTold(TypedDict):
    """A problem as it is told."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None
    reason: str
    remedy: str


class Problem(Exception):  # noqa: N818 (RFC 9457 calls it a problem, and it is the reader's, not ours)
    """A question that can't be answered as it was put."""

    def __init__(self, status: int, reason: str, detail: str, remedy: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.body: ProblemTold = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "field": field,
            "reason": reason,
            "remedy": remedy,
        }

    def answer(self) -> Response:
        """Return the response; nobody may keep it, since the next answer may be a number."""
        headers = OPEN_TO_ALL | {"Cache-Control": "no-store"}
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = "2"
        return Response(orjson.dumps(self.body), self.status, headers, "application/problem+json")


def catching_up() -> Problem:
    """Return what is said while no total is proven: half of the numbers would be wrong numbers."""
    detail = "The totals are being read and are not complete yet."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "catching_up", detail, "Ask again in a few seconds.")


def not_read_yet() -> Problem:
    """Return what is said while the minutes are not known, although the totals are."""
    detail = "When letters came is being read and is not complete yet."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "catching_up", detail, "Ask again in a minute.")


def unknown(field: str, known: str) -> Problem:
    """Return what is said of a campaign, scope or member that neither the catalogue nor the board knows."""
    detail = f"There is no such {field}."
    return Problem(HTTPStatus.NOT_FOUND, f"unknown_{field}", detail, f"Use {known}.", field)


def missing(field: str, remedy: str) -> Problem:
    """Return what is said where a needed parameter was left out."""
    return Problem(HTTPStatus.BAD_REQUEST, "missing_field", f"The parameter {field} is needed.", remedy, field)


def bad_value(field: str, expected: str) -> Problem:
    """Return what is said where a parameter is not what it must be."""
    return Problem(
        HTTPStatus.BAD_REQUEST, "bad_value", f"The parameter {field} can't be used.", f"Use {expected}.", field
    )
