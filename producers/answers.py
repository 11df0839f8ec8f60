"""What a sender is told: JSON, or problem+json (RFC 9457) that names field, reason and remedy."""

import math
from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import Response

from schemas import metrics
from schemas.rejection import REMEDIES
from schemas.wire import Refusal


def json_answer(status: int, body: object) -> Response:
    """Return JSON."""
    return Response(orjson.dumps(body), status, media_type="application/json")


def problem(status: int, refusal: Refusal) -> Response:
    """Return why something was refused and what to do."""
    body = {
        "title": f"Refused: {refusal.reason}",
        "field": refusal.field,
        "reason": refusal.reason,
        "detail": refusal.detail,
        "remedy": REMEDIES[refusal.reason],
    }
    return answer(status, body, {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {})


def refused(status: int, refusal: Refusal) -> Response:
    """Return why something was refused and what to do, and count it."""
    metrics.REFUSED.labels("collector", refusal.reason).inc()
    return problem(status, refusal)


def hanging_up(told: Response) -> Response:
    """Return an answer that ends the connection, which a slow sender would else keep for as long as it likes."""
    told.headers["Connection"] = "close"
    return told


def not_accepted_yet(submission_id: str) -> Response:
    """Return 503 with the key to retry with, so that what may have arrived all the same can't count twice."""
    body = {
        "title": "Not accepted yet",
        "detail": "It can't be kept safe now. Send it again, with this Idempotency-Key.",
        "idempotency_key": submission_id,
    }
    return answer(503, body, {"Retry-After": "2", "Idempotency-Key": submission_id})


def events_not_read_yet() -> Response:
    """Return 503: this collector has just started, and what it would take for unknown may be registered."""
    body = {"title": "Not accepted yet", "detail": "The registered events have not been read yet. Send it again."}
    return answer(503, body, {"Retry-After": "2"})


def no_room() -> Response:
    """Return 503: so much is being received that this could not be; the connection is closed, as a slow one may be."""
    full = Refusal("too_many_requests", None, "too much is being received at this moment")
    return hanging_up(problem(503, full))


def too_many_requests(wait_seconds: float) -> Response:
    """Return 429 with when to try again; the connection is closed, since the body may not have been read."""
    seconds = math.ceil(wait_seconds)
    refused = problem(429, Refusal("too_many_requests", None, f"expected the next one in {seconds} s"))
    refused.headers.update({"Retry-After": str(seconds), "Connection": "close"})
    return refused


def answer(status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> Response:
    """Return problem+json with these headers."""
    told = {"type": "about:blank", "status": status, **body}
    return Response(orjson.dumps(told), status, dict(headers), media_type="application/problem+json")
