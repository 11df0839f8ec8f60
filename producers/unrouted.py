"""What is told where no route answers, or one fails, or is hung up on: problem+json as everywhere else."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Route

from producers.answers import answer

_DETAILS: Final = {
    HTTPStatus.NOT_FOUND: "Nothing has this address; GET / names what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address is asked in another way: see the header Allow.",
}
_GONE: Final = 499
"""Nobody reads this status: the sender hung up before the body was whole."""
_FAULT: Final = "A fault of the collector. Whether it counts is not known: send it again with the same key."


def tell_unrouted(app: FastAPI) -> None:
    """Answer what the app's routes do not, and what one of them fails at."""

    async def tell(request: Request, error: Exception) -> Response:
        status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
        headers = {}
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(sorted(_methods(app, request)))
        return answer(status, {"title": status.phrase, "detail": _DETAILS.get(status, _FAULT)}, headers)

    async def tell_nobody(_: Request, __: Exception) -> Response:
        return Response(status_code=_GONE)

    app.add_exception_handler(ClientDisconnect, tell_nobody)
    app.add_exception_handler(HTTPException, tell)
    app.add_exception_handler(Exception, tell)


def _methods(app: FastAPI, request: Request) -> set[str]:
    """Return the methods of every route of this address: the framework names those of the first alone."""
    at = (route for route in app.routes if route.matches(request.scope)[0] != Match.NONE)
    return {method for route in at if isinstance(route, Route) for method in route.methods or ()}
