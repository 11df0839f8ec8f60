"""What every sink does first: read what it is told, and look at the log that is counted."""

from kafka.errors import KafkaError

from schemas.catalogue import Catalogue, CatalogueError, load_catalogue
from schemas.cluster import ClusterError, check_epoch
from schemas.environment import Environment, read_environment
from schemas.epoch import Epoch
from schemas.operations import leave, set_up_logs


def told(part: str) -> tuple[Environment, Catalogue, Epoch]:
    """Return settings, campaigns and the epoch; where one of them is not as it must be the process ends."""
    environment = read_environment()
    set_up_logs(environment.log_format)
    try:
        catalogue = load_catalogue(environment.campaigns)
        epoch = check_epoch(environment.kafka, environment.partitions)
    except (CatalogueError, ClusterError) as error:
        leave(part, str(error))
    except KafkaError as error:
        leave(part, f"Kafka at {environment.kafka} does not answer ({type(error).__name__}): is it up?")
    return environment, catalogue, epoch
