"""What an operator sees of a process: its health, its metrics."""

import urllib.error
import urllib.request


def asked(port: int, question: str) -> tuple[int, str]:
    """Return status and body of /health/live or /health/ready; status 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/{question}", timeout=5) as answer:
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def metrics_at(port: int) -> dict[str, float]:
    """Return what a process says on /metrics, by series; nothing while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return {}
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def series_of(port: int, metric: str) -> dict[str, float]:
    """Return the series of one metric."""
    return {name: value for name, value in metrics_at(port).items() if name.partition("{")[0] == metric}
