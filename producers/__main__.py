"""A collector: `python -m producers`. Any number of them can run."""

import signal
import sys
from threading import Thread
from typing import Final

import uvicorn
from fastapi import FastAPI

from producers.app import make_app
from producers.collector import Collector
from producers.countries import read_all_languages
from producers.deliveries import Deliveries
from producers.drafts import Rules
from producers.event_reader import EventReader
from producers.event_snapshot import EventSnapshot
from producers.form.addresses import Reached
from producers.form.proofs import Proofs
from producers.form.web import Pages
from producers.intake import Intake
from producers.known_events import KnownEvents
from producers.limited import LimitedByAddress, Limits
from producers.organisers import Organisers
from producers.outbox_file import OutboxUnusableError
from producers.pseudonyms import KeyMissingError, PseudonymKeys, keys_of
from producers.sources import Configured
from producers.starting import check_cluster, read_files
from producers.way import Way
from schemas.bounded_http import BoundedHttp
from schemas.catalogue import Catalogue
from schemas.environment import Environment, read_environment
from schemas.operations import leave, log_of, set_up_logs
from schemas.receipt import Receipts
from schemas.topics import EVENTS

_STOP_SECONDS: Final = 8
_log: Final = log_of("producers")


def main() -> None:
    """Take reports until SIGTERM; exit status 1 where the settings do not allow it."""
    environment = read_environment()
    set_up_logs(environment.log_format)
    catalogue, sources = read_files(environment, "producers")
    try:
        keys = keys_of(environment, catalogue)
    except KeyMissingError as error:
        leave("producers", str(error))
    if not environment.receipt_key:
        leave("producers", "TALLY_RECEIPT_KEY is needed: at least 32 random characters, the same for all collectors")
    check_cluster(environment, "producers")
    try:
        way = Way(environment)
    except OutboxUnusableError as error:
        leave("producers", str(error))
    config = _configuration(_assemble(environment, catalogue, sources, keys, way), environment)
    listener = config.bind_socket()  # here, so that a port that was left to chance can be named
    host, port = listener.getsockname()[:2]
    _log.info("collecting", campaigns=sorted(catalogue.campaigns), sources=sorted(sources), host=host, port=port)
    server = uvicorn.Server(config)
    if sources:  # beside the start, which need not wait for it; what comes meanwhile does, where it has such a name
        Thread(target=read_all_languages, name="languages", daemon=True).start()
    # uvicorn stops cleanly, then raises the signal once more: that a stop was asked for is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


def _assemble(
    environment: Environment, catalogue: Catalogue, sources: dict[str, Configured], keys: PseudonymKeys, way: Way
) -> FastAPI:
    """Return the application, each part of it told what it needs."""
    known = KnownEvents(catalogue)
    snapshot = EventSnapshot(environment.outbox, known)
    snapshot.recall(way.kept_of(EVENTS))
    rules = Rules(catalogue, keys, known.is_known)
    limits = Limits(environment.address_per_minute, environment.source_per_minute)
    organisers_key = environment.organisers_key.get_secret_value() if environment.organisers_key else None
    intake = Intake(rules, way.acceptance)
    receipts = Receipts([key.get_secret_value() for key in environment.receipt_key])
    captcha_key = environment.captcha_key.get_secret_value() if environment.captcha_key else None
    proofs = Proofs(captcha_key, environment.captcha_rounds)
    app = make_app(
        Collector(intake, receipts),
        Deliveries(sources, rules, known, way.acceptance, limits),
        Organisers(catalogue, known, way.acceptance, organisers_key),
        Pages(intake, receipts, known, Reached(environment.public_url, environment.counters_url), proofs),
        way=way,
        reader=EventReader(environment.kafka, environment.partitions, known, snapshot),
    )
    app.add_middleware(LimitedByAddress, limits=limits)
    return app


def _configuration(app: FastAPI, environment: Environment) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=environment.host,
        port=environment.port,
        loop="uvloop",
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(environment.trusted_proxies),
        forwarded_allow_ips=environment.trusted_proxies,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


if __name__ == "__main__":
    main()
