"""What every process here that writes to Kafka does first: read what it is told, and look at the topics."""

import os

from kafka.errors import KafkaError

from producers.connection import connect
from producers.sources import Configured, load_sources
from schemas.catalogue import Catalogue, CatalogueError, load_catalogue
from schemas.cluster import ClusterError
from schemas.configuration import ConfigurationError
from schemas.environment import Environment
from schemas.operations import leave, log_of


def read_files(environment: Environment, stage: str) -> tuple[Catalogue, dict[str, Configured]]:
    """Return the catalogue and the sources; a mistake in them ends the process with file, line and remedy."""
    try:
        catalogue = load_catalogue(environment.campaigns)
        return catalogue, load_sources(environment.sources, catalogue, os.environ)
    except (CatalogueError, ConfigurationError) as error:
        leave(stage, str(error))


def check_cluster(environment: Environment, stage: str) -> None:
    """Stop where the topics are wrong; start where Kafka is only away, since it will come back."""
    try:
        connect(environment.kafka, environment.partitions).close(1)
    except ClusterError as error:
        leave(stage, str(error))
    except KafkaError as error:
        log_of(stage).warning("starting while Kafka is away", error=type(error).__name__)
