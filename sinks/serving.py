"""What every part that pages come from serves alike: health, metrics, problems, and how HTTP is spoken."""

from http import HTTPStatus
from typing import Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas.bounded_http import BoundedHttp
from schemas.environment import Environment
from schemas.operations import Health
from sinks.counters.problems import Problem


def configuration(app: FastAPI, environment: Environment) -> uvicorn.Config:
    """Return how an application is served."""
    return uvicorn.Config(
        app,
        host=environment.host,
        port=environment.port,
        loop="uvloop",
        http=BoundedHttp,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def add_operations(app: FastAPI, health: Health) -> None:
    """Add health and metrics."""

    @app.get("/health/{question}", include_in_schema=False)
    async def answer(question: Literal["live", "ready"]) -> Response:
        status, body = health.answer(question)
        return Response(body, status, {"Cache-Control": "no-store"}, "application/json")

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def tell_problems(app: FastAPI, where: str) -> None:
    """Have everything that goes wrong told as problem+json; `where` names the addresses that there are."""

    def tell_status(_: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return Problem(error.status_code, HTTPStatus(error.status_code).name.lower(), error.detail, where).answer()

    app.add_exception_handler(Problem, _tell_problem)
    app.add_exception_handler(HTTPException, tell_status)
    app.add_exception_handler(RequestValidationError, _tell_field)


def _tell_problem(_: Request, problem: Exception) -> Response:
    if not isinstance(problem, Problem):
        raise problem
    return problem.answer()


def _tell_field(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    field = str(first["loc"][-1])
    return Problem(422, "bad_value", first["msg"], f"Correct {field}.", field).answer()
