"""The charts' HTTP: the page, health and metrics on one port."""

from collections.abc import Callable

from fastapi import FastAPI

from schemas.operations import Health
from sinks.history.asking import Asking
from sinks.history.drawing import Drawing
from sinks.history.history import History
from sinks.history.pages import Pages
from sinks.serving import add_operations, tell_problems


def create_app(asking: Asking, drawing: Drawing, clock_ms: Callable[[], int]) -> FastAPI:
    """Return the application; `clock_ms` gives epoch milliseconds."""
    app = FastAPI(title="Letter Tally history", docs_url=None, redoc_url=None, openapi_url=None)
    tell_problems(app, "See /history.")
    Pages(History(asking, clock_ms), drawing, clock_ms).add_to(app)
    health = Health(live={"drawing": drawing.stuck}, ready={"clickhouse": lambda: asking.complaint})
    add_operations(app, health)
    return app
