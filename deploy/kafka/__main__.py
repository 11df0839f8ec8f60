"""Run Apache Kafka in the foreground: `python -m deploy.kafka --data DIR --port P`."""

import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from deploy.kafka.server import KafkaNotAvailableError, KafkaServer


def run(
    data: Annotated[Path, typer.Option(help="Where its data lies.")] = Path("build/kafka/data"),
    port: Annotated[int, typer.Option(help="Where it listens, on loopback.")] = 9092,
) -> None:
    """Run one Kafka node until SIGTERM or Ctrl-C; its data stays."""
    server = KafkaServer(data, port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.start()
        server.wait_ready()
        typer.echo(f"Kafka listens on {server.address}; data and server.log in {data}")
        while server.returncode is None:
            time.sleep(0.5)
        sys.exit(f"Kafka ended with status {server.returncode}")
    except KafkaNotAvailableError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


if __name__ == "__main__":
    typer.run(run)
