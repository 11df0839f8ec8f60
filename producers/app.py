"""A collector's web application: what answers at which address, and what it needs running."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from producers.collector import Collector
from producers.deliveries import Deliveries
from producers.event_reader import EventReader
from producers.form.web import Pages
from producers.organisers import Organisers
from producers.unrouted import tell_unrouted
from producers.way import Way
from schemas.operations import Health

_HINT: Final[dict[str, Any]] = {
    "report": "POST /v1/reports",
    "correct": "PUT /v1/reports, with the Idempotency-Key of the POST",
    "form": "GET /form",
    "channels": "POST /v1/channels/SOURCE",
    "events": "GET /v1/events?campaign=CAMPAIGN",
    "json": {"campaign": "CAMPAIGN", "country": "FR", "lines": [{"case": "CASE", "letters": 1}]},
}


def make_app(
    collector: Collector, deliveries: Deliveries, organisers: Organisers, pages: Pages, *, way: Way, reader: EventReader
) -> FastAPI:
    """Return the web application of a collector, which opens the way to Kafka when it starts."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        reader.start()
        async with way.open():
            yield
            reader.stop()

    app = FastAPI(
        title="Letter Tally collector", lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    tell_unrouted(app)
    # These read the request themselves: as FastAPI's own routes they would cost twice the CPU.
    app.add_route("/v1/reports", collector.report, methods=["POST"])
    app.add_route("/v1/reports", collector.correct, methods=["PUT"])
    app.add_route("/v1/channels/{source}", deliveries.answer, methods=["POST"])
    pages.add_to(app)
    app.add_route("/v1/events", organisers.register, methods=["POST"])
    app.add_route("/v1/events", organisers.show, methods=["GET"])
    health = Health(
        live={"relay": lambda: way.standstill, "event_reader": reader.ended},
        ready={"acceptance": lambda: way.acceptance.complaint},
        notes={"kafka": lambda: way.kafka, "events": reader.unread},
    )
    _add_operations(app, health)
    return app


def _add_operations(app: FastAPI, health: Health) -> None:
    @app.get("/health/live")
    async def say_live() -> Response:
        status, body = health.answer("live")
        return Response(body, status, media_type="application/json")

    @app.get("/health/ready")
    async def say_ready() -> Response:
        status, body = health.answer("ready")
        return Response(body, status, media_type="application/json")

    @app.get("/metrics")
    async def say_metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @app.get("/")
    async def say_how() -> Response:
        return Response(orjson.dumps(_HINT, option=orjson.OPT_APPEND_NEWLINE), media_type="application/json")
