"""The collector's HTTP interface: authenticate, read, pseudonymise, validate, publish, and only then say yes."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final
from uuid import NAMESPACE_OID, uuid4, uuid5

import orjson
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from producers.admission import admit
from producers.answers import answer, json_answer, problem
from producers.channels.reports.read import Submission, read_form, read_json
from producers.publisher import KafkaAwayError, Outgoing, Publisher
from schemas import metrics
from schemas.catalogue import Catalogue
from schemas.operations import Health
from schemas.rejection import Rejection
from schemas.report import LetterReport
from schemas.topics import LETTERS, REJECTED
from schemas.wire import Refusal, encode

CHANNEL: Final = "reports"
MOST_BYTES: Final = 64 << 10
BODY_SECONDS: Final = 10
_READERS: Final[dict[str, Callable[[bytes], Submission | Refusal]]] = {
    "application/json": read_json,
    "application/x-www-form-urlencoded": read_form,
}
_REMEMBERED_KEYS: Final = 100_000


class Collector:
    """Takes submissions; success is answered only when Kafka has every report."""

    def __init__(self, catalogue: Catalogue, publisher: Publisher, key: bytes) -> None:
        self._catalogue = catalogue
        self._publisher = publisher
        self._key = key
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    async def report(self, request: Request) -> Response:
        """Answer POST /v1/reports."""
        reader = _READERS.get(request.headers.get("content-type", "").split(";")[0].strip().lower())
        if reader is None:
            return problem(415, Refusal("unreadable", "Content-Type", f"expected one of {', '.join(_READERS)}"))
        try:
            body = await asyncio.wait_for(_body(request), BODY_SECONDS)
        except TimeoutError:
            return problem(408, Refusal("unreadable", None, f"expected the whole body within {BODY_SECONDS} s"))
        if body is None:
            return problem(413, Refusal("too_large", None, f"expected at most {MOST_BYTES} bytes"))
        return await self._take(reader(body), body, request.headers.get("idempotency-key") or str(uuid4()))

    async def _take(self, read: Submission | Refusal, body: bytes, submission_id: str) -> Response:
        if isinstance(read, Refusal):
            return await self._refuse(None, submission_id, read, 400 if read.reason == "unreadable" else 422)
        if read.test:
            return json_answer(200, {"ignored": "test_delivery"})
        if not self._is_first_or_same(submission_id, body):
            other = "expected the body that was sent with this key before, or a new key"
            return await self._refuse(read, submission_id, Refusal("bad_value", "Idempotency-Key", other), 422)
        return await self._count(read, submission_id)

    async def _count(self, submission: Submission, submission_id: str) -> Response:
        reports = admit(
            submission,
            self._catalogue,
            channel=CHANNEL,
            source=CHANNEL,
            submission_id=submission_id,
            key=self._key,
            now=datetime.now(UTC),
        )
        if isinstance(reports, Refusal):
            return await self._refuse(submission, submission_id, reports, 422)
        try:
            await self._publisher.publish([_outgoing(report) for report in reports])
        except KafkaAwayError:
            return answer(
                503,
                {
                    "title": "Not accepted yet",
                    "detail": "Send it again, with this key.",
                    "idempotency_key": submission_id,
                },
                {"Retry-After": "2", "Idempotency-Key": submission_id},
            )
        metrics.ACCEPTED.labels(CHANNEL).inc(len(reports))
        told = [{name: report[name] for name in ("report_id", "case", "letters")} for report in reports]
        return json_answer(202, {"reports": told})

    async def _refuse(self, read: Submission | None, submission_id: str, refusal: Refusal, status: int) -> Response:
        """Answer with the reason, and keep what may be kept (never address or name) in `rejected`."""
        metrics.REFUSED.labels("collector", refusal.reason).inc()
        origin = str(uuid5(NAMESPACE_OID, f"{CHANNEL}\n{submission_id}"))
        kept = read.model_dump_json(exclude={"email"}) if read else None
        rejection: Rejection = {
            "origin": origin,
            "reason": refusal.reason,
            "field": refusal.field,
            "detail": refusal.detail,
            "value": kept,
            "rejected_at": int(time.time() * 1000),
        }
        try:
            await self._publisher.publish([Outgoing(REJECTED.name, origin.encode(), encode(rejection))])
        except KafkaAwayError:
            metrics.REFUSED.labels("collector", "not_kept").inc()  # the sender is told all the same
        return problem(status, refusal)

    def _is_first_or_same(self, submission_id: str, body: bytes) -> bool:
        """Notice, as far as this process remembers, a key that is used for something else: it would not be counted."""
        digest = blake2b(body, digest_size=16).digest()
        remembered = blake2b(submission_id.encode(), digest_size=16).hexdigest()
        known = self._bodies.setdefault(remembered, digest)
        if len(self._bodies) > _REMEMBERED_KEYS:
            self._bodies.popitem(last=False)
        return known == digest


def _outgoing(report: LetterReport) -> Outgoing:
    return Outgoing(LETTERS.name, report["report_id"].encode(), encode(report))


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too large."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def make_app(collector: Collector, publisher: Publisher) -> FastAPI:
    """Return the web application of a collector."""
    health = Health(live={}, ready={"kafka": lambda: publisher.complaint})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        reconnecting = asyncio.create_task(_stay_connected(publisher))
        yield
        reconnecting.cancel()
        await publisher.close()

    app = FastAPI(title="Letter Tally collector", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.add_api_route("/v1/reports", collector.report, methods=["POST"], status_code=202)

    @app.get("/health/{question}")
    async def say_health(question: str) -> Response:
        status, body = health.answer("live" if question == "live" else "ready")
        return Response(body, status, media_type="application/json")

    @app.get("/metrics")
    async def say_metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @app.get("/")
    async def say_how() -> Response:
        line = {"case": "CASE", "letters": 1}
        hint = {"report": "POST /v1/reports", "json": {"campaign": "CAMPAIGN", "country": "FR", "lines": [line]}}
        return Response(orjson.dumps(hint), media_type="application/json")

    return app


async def _stay_connected(publisher: Publisher) -> None:
    while True:
        with suppress(KafkaAwayError):  # readiness says so meanwhile
            await publisher.connect()
        await asyncio.sleep(1)
