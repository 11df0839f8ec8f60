"""A collector: `python -m producers`. Any number of them can run."""

import signal
import sys

import uvicorn

from producers.collector import Collector, make_app
from producers.publisher import Publisher
from schemas.catalogue import CatalogueError, load_catalogue
from schemas.environment import read_environment
from schemas.operations import log_of, set_up_logs

_STOP_SECONDS = 8


def main() -> None:
    """Take reports until SIGTERM; exit status 1 where the settings do not allow it."""
    environment = read_environment()
    set_up_logs(environment.log_format)
    if environment.pseudonym_key is None:
        sys.exit("TALLY_PSEUDONYM_KEY is needed: at least 32 random characters, the same for all collectors")
    try:
        catalogue = load_catalogue(environment.campaigns)
    except CatalogueError as error:
        sys.exit(str(error))
    publisher = Publisher(environment.kafka, environment.partitions)
    collector = Collector(catalogue, publisher, environment.pseudonym_key.get_secret_value().encode())
    config = uvicorn.Config(
        make_app(collector, publisher),
        host=environment.host,
        port=environment.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    log_of("producers").info("collecting", campaigns=sorted(catalogue.campaigns), port=environment.port)
    server = uvicorn.Server(config)
    # uvicorn stops cleanly, then raises the signal once more: that a stop was asked for is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run()
    if not server.started:
        sys.exit(1)


if __name__ == "__main__":
    main()
