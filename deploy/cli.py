"""`tally`: every command an operator needs."""

import sys

import typer
from kafka.errors import KafkaError
from rich.console import Console

from deploy.topics import open_topics
from schemas.cluster import ClusterError, check_epoch
from schemas.environment import read_environment

app = typer.Typer(help="Counts a mass letter-writing campaign: every letter once.", no_args_is_help=True)
topics = typer.Typer(help="The topics on Kafka.", no_args_is_help=True)
app.add_typer(topics, name="topics")
_say = Console(highlight=False).print


@topics.command("create")
def create() -> None:
    """Create the topics that are missing, and open an epoch for a log that has none."""
    created, epoch = open_topics(read_environment())
    _say(f"Created: {', '.join(created)}." if created else "All topics are there already.")
    _say(f"Epoch {epoch['epoch']} is counted.")


@topics.command("check")
def check() -> None:
    """Check that every topic is there with the right number of partitions, and that an epoch is open for the log."""
    environment = read_environment()
    epoch = check_epoch(environment.kafka, environment.partitions)
    _say(f"The topics are as they should be; epoch {epoch['epoch']} is counted.")


def main() -> None:
    """Run a command; what can't be done is one sentence on standard error and exit status 1."""
    try:
        app()
    except ClusterError as error:
        sys.exit(str(error))
    except KafkaError as error:
        sys.exit(f"Kafka at {read_environment().kafka} does not answer ({type(error).__name__}): is it up?")
