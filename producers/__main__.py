"""A collector: `python -m producers`. Any number of them can run."""

import os
import signal
import sys

import uvicorn
from kafka.errors import KafkaError

from producers.collector import Collector, make_app
from producers.connection import connect
from producers.deliveries import Deliveries
from producers.drafts import Rules
from producers.event_reader import EventReader
from producers.form.web import Pages
from producers.intake import Intake
from producers.known_events import KnownEvents
from producers.limited import LimitedByAddress, Limits
from producers.organisers import Organisers
from producers.outbox import OutboxUnusableError
from producers.pseudonyms import KeyMissingError, keys_of
from producers.sources import load_sources
from producers.way import Way
from schemas.bounded_http import BoundedHttp
from schemas.catalogue import CatalogueError, load_catalogue
from schemas.cluster import ClusterError
from schemas.configuration import ConfigurationError
from schemas.environment import Environment, read_environment
from schemas.operations import leave, log_of, set_up_logs
from schemas.receipt import Receipts

_STOP_SECONDS = 8
_log = log_of("producers")


def main() -> None:
    """Take reports until SIGTERM; exit status 1 where the settings do not allow it."""
    environment = read_environment()
    set_up_logs(environment.log_format)
    try:
        catalogue = load_catalogue(environment.campaigns)
        sources = load_sources(environment.sources, catalogue, os.environ) if environment.sources else {}
        keys = keys_of(environment, catalogue)
    except (CatalogueError, ConfigurationError, KeyMissingError) as error:
        leave("producers", str(error))
    if not environment.receipt_key:
        leave("producers", "TALLY_RECEIPT_KEY is needed: at least 32 random characters, the same for all collectors")
    _check_cluster(environment)
    try:
        way = Way(environment)
    except OutboxUnusableError as error:
        leave("producers", str(error))
    known = KnownEvents(catalogue)
    rules = Rules(catalogue, keys, known.is_known)
    limits = Limits(environment.address_per_minute, environment.source_per_minute)
    organisers_key = environment.organisers_key.get_secret_value() if environment.organisers_key else None
    intake = Intake(rules, way.acceptance)
    receipts = Receipts([key.get_secret_value() for key in environment.receipt_key])
    app = make_app(
        Collector(intake, receipts),
        Deliveries(sources, rules, known, way.acceptance, limits),
        Organisers(catalogue, known, way.acceptance, organisers_key),
        Pages(intake, receipts, known, environment.public_url),
        way=way,
        reader=EventReader(environment.kafka, known),
    )
    app.add_middleware(LimitedByAddress, limits=limits)
    config = uvicorn.Config(
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
    listener = config.bind_socket()  # here, so that a port that was left to chance can be named
    host, port = listener.getsockname()[:2]
    _log.info("collecting", campaigns=sorted(catalogue.campaigns), sources=sorted(sources), host=host, port=port)
    server = uvicorn.Server(config)
    # uvicorn stops cleanly, then raises the signal once more: that a stop was asked for is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


def _check_cluster(environment: Environment) -> None:
    """Stop where the topics are wrong; start where Kafka is only away, since it will come back."""
    try:
        connect(environment.kafka, environment.partitions).close(1)
    except ClusterError as error:
        leave("producers", str(error))
    except KafkaError as error:
        _log.warning("starting while Kafka is away", error=type(error).__name__)


if __name__ == "__main__":
    main()
