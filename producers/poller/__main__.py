"""A poller of petition counters: `python -m producers.poller`. One is enough; a second one changes no number."""

import asyncio
import signal
import sys
import time
from collections import defaultdict
from functools import partial
from typing import Final

import httpx

from producers.drafts import Rules
from producers.known_events import KnownEvents
from producers.poller.petition import Petition
from producers.poller.rounds import go_round
from producers.pseudonyms import NO_KEYS
from producers.publisher import Publisher
from producers.sources import Configured
from producers.starting import check_cluster, read_files
from schemas.catalogue import Catalogue
from schemas.environment import Environment, read_environment
from schemas.operations import Health, leave, log_of, serve_operations, set_up_logs

_TIMEOUT_SECONDS: Final = 10
_STUCK_SECONDS: Final = 30
_log: Final = log_of("poller")


class _Pulse:
    """Shows that the loop in which everything runs still turns."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            self._at = time.monotonic()
            await asyncio.sleep(1)

    def complaint(self) -> str | None:
        """Say that it has stopped, or nothing."""
        still = time.monotonic() - self._at
        return f"nothing has moved for {still:.0f} s" if still > _STUCK_SECONDS else None


def main() -> None:
    """Poll until SIGTERM; exit status 1 where the settings do not allow it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    environment = read_environment()
    set_up_logs(environment.log_format)
    catalogue, sources = read_files(environment, "poller")
    polled = [configured for configured in sources.values() if configured.source.poll]
    if not polled:
        leave("poller", "TALLY_SOURCES: expected a source with a table [poll]: see docs/channels.md")
    check_cluster(environment, "poller")
    asyncio.run(_poll(environment, catalogue, polled))


async def _poll(environment: Environment, catalogue: Catalogue, polled: list[Configured]) -> None:
    loop, this, pulse = asyncio.get_running_loop(), asyncio.current_task(), _Pulse()
    assert this is not None  # noqa: S101 (a coroutine runs in a task)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, this.cancel)
    publisher = Publisher(environment.kafka, environment.partitions)
    rules = Rules(catalogue, NO_KEYS, KnownEvents(catalogue, is_read=True).is_known)
    sites = _sites(polled, rules, publisher)
    petitions = [petition for site in sites.values() for petition in site]
    ready = {petition.name: partial(getattr, petition, "complaint") for petition in petitions}
    health = Health(live={"loop": pulse.complaint}, ready={"kafka": lambda: publisher.complaint, **ready})
    server = serve_operations(environment.host, environment.port, health)
    host, port = server.server_address[:2]
    _log.info("polling", petitions=sorted(ready), sites=sorted(sites), host=host, port=port)
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client, asyncio.TaskGroup() as group:
            group.create_task(pulse.beat())
            group.create_task(publisher.stay_connected())
            for site in sites.values():
                group.create_task(go_round(site, client))
    except asyncio.CancelledError:
        _log.info("stopped")
    finally:
        server.shutdown()
        await publisher.close()


def _sites(polled: list[Configured], rules: Rules, publisher: Publisher) -> dict[str, list[Petition]]:
    """Return the petitions by the host that they are asked of."""
    sites = defaultdict(list)
    for configured in polled:
        if poll := configured.source.poll:
            for number in configured.source.cases:
                sites[httpx.URL(poll.address).host].append(Petition(number, poll, configured, rules, publisher))
    return dict(sites)


if __name__ == "__main__":
    main()
