"""What every process says to its operator: logs, metrics, liveness, readiness."""

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Literal, NoReturn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson
import structlog
from prometheus_client import make_wsgi_app

from schemas.faults import tell_fault

Check = Callable[[], str | None]
"""Returns None when all is well, else one sentence that says what is not."""


class Health:
    """Answers liveness and readiness from checks that are run at each question; `notes` are told and decide nothing."""

    def __init__(self, live: dict[str, Check], ready: dict[str, Check], notes: dict[str, Check] | None = None) -> None:
        self._live = live
        self._ready = {**live, **ready}
        self._notes = notes or {}

    def answer(self, question: Literal["live", "ready"]) -> tuple[int, bytes]:
        """Return 200 or 503, and JSON that names each check with `ok` or its complaint."""
        checks = self._live if question == "live" else self._ready
        said = {name: check() for name, check in checks.items()}
        noted = {name: note() for name, note in self._notes.items()}
        body = {name: complaint or "ok" for name, complaint in {**said, **noted}.items()}
        return (503 if any(said.values()) else 200), orjson.dumps(body)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep scrapes and probes out of the log."""


def serve_operations(host: str, port: int, health: Health) -> WSGIServer:
    """Serve /metrics, /health/live and /health/ready from a thread of its own until the server is shut down."""
    metrics = make_wsgi_app()

    def respond(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            scraped: Iterable[bytes] = metrics(environ, start)
            return scraped
        if path in {"/health/live", "/health/ready"}:
            status, body = health.answer("live" if path.endswith("live") else "ready")
            start(f"{status} {HTTPStatus(status).phrase}", [("Content-Type", "application/json")])
            return [body]
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"see /metrics, /health/live, /health/ready\n"]

    server = make_server(host, port, respond, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="operations", daemon=True).start()
    return server


def set_up_logs(log_format: Literal["json", "text"]) -> None:
    """Send structured lines to standard error, those of libraries from warning on; no personal data is ever logged."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(tell_fault),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.WARNING)
    logging.getLogger("tally").setLevel(logging.INFO)
    sys.excepthook = _log_fault
    threading.excepthook = lambda told: _log_fault(told.exc_type, told.exc_value, told.exc_traceback)


def _log_fault(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log what nobody caught as any other line: Python's own traceback would quote data."""
    log_of("process").critical("fault", exc_info=(kind, error, trace))


def leave(stage: str, reason: str) -> NoReturn:
    """Log why a process can't run, in a sentence that says what to do, and end it with exit status 1."""
    log_of(stage).critical("not_started", reason=reason)
    raise SystemExit(1)


def log_of(stage: str) -> structlog.stdlib.BoundLogger:
    """Return the log of one stage."""
    log: structlog.stdlib.BoundLogger = structlog.get_logger(f"tally.{stage}")
    return log
