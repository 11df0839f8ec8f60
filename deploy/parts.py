"""The processes of one machine's stack: what each is started with, and where it answers."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from deploy import folder
from deploy.embedded.broker import broker_argv
from deploy.embedded.probes import answers_http, answers_kafka
from deploy.embedded.processes import Child
from deploy.ports import free_port
from deploy.taken import place_of
from producers.pseudonyms import PseudonymKeys
from schemas.environment import Environment

_SURROUNDINGS: Final = {**os.environ, "PYTHONSAFEPATH": "1"}
"""Modules come from where they are installed, not from the folder that somebody happens to be in."""


@dataclass(frozen=True)
class Parts:
    """Makes each part of a stack on a folder; `until` is where the collector's outbox keeps reports to."""

    data: Path
    environment: Environment
    collector_port: int
    counters_port: int
    broker_port: int
    clickhouse_port: int
    until: str
    history_port: int

    @property
    def addresses(self) -> dict[str, str]:
        """Where each part can be reached, without passwords: that of the embedded ClickHouse lies in DIR/secrets."""
        clickhouse = urlsplit(self.environment.clickhouse.get_secret_value())
        user, _, host = clickhouse.netloc.rpartition("@")
        return {
            "kafka": self.environment.kafka,
            "clickhouse": clickhouse._replace(netloc=f"{user.split(':')[0]}@{host}" if user else host).geturl(),
            "collector": f"http://127.0.0.1:{self.collector_port}",
            "counters": f"http://127.0.0.1:{self.counters_port}",
            "history": f"http://127.0.0.1:{self.history_port}",
        }

    def broker(self) -> Child:
        """Return the embedded broker."""
        answers = partial(answers_kafka, self.broker_port)
        return Child("broker", broker_argv(self.broker_port), os.environ, answers, address=self.environment.kafka)

    def clickhouse(self) -> Child:
        """Return the embedded ClickHouse."""
        argv = [sys.executable, "-m", "deploy.embedded.clickhouse"]
        argv += ["--data", str(self.data / "clickhouse"), "--port", str(self.clickhouse_port)]
        passwords = {
            "TALLY_CLICKHOUSE_PASSWORD": folder.secret(self.data, "clickhouse_password"),
            "TALLY_ANALYST_PASSWORD": folder.secret(self.data, "analyst_password"),
        }
        address = f"http://127.0.0.1:{self.clickhouse_port}"
        answers = partial(answers_http, f"{address}/ping")
        return Child("clickhouse", argv, {**_SURROUNDINGS, **passwords}, answers, address=address)

    def collector(self, keys: PseudonymKeys, *, has_sources: bool) -> Child:
        """Return the collector, with keys that were checked."""
        settings = {
            "TALLY_OUTBOX": str(self.data / "outbox"),
            "TALLY_OUTBOX_UNTIL": self.until,
            "TALLY_PSEUDONYM_KEY": keys.unnamed.decode(),
            "TALLY_PSEUDONYM_KEYS": json.dumps({name: key.decode() for name, key in keys.named.items()}),
            "TALLY_RECEIPT_KEY": folder.secret(self.data, "receipt_key"),
            "TALLY_ORGANISERS_KEY": folder.secret(self.data, "organisers_key"),
            **self._counters_url,
        }
        if has_sources:
            settings["TALLY_SOURCES"] = str(place_of(self.data, "sources"))
        return self._part("collector", "producers", self.collector_port, settings)

    def poller(self) -> Child:
        """Return the poller, which starts anew after a restore: it says again what a lost log had."""
        sources = str(place_of(self.data, "sources"))
        part = self._part("poller", "producers.poller", free_port(), {"TALLY_SOURCES": sources})
        return replace(part, is_ready=part.is_live or part.is_ready)  # a site that is away must not stop the others

    def counting(self) -> tuple[Child, Child]:
        """Return who counts and who holds."""
        return self._part("streams", "streams", free_port()), self._part("held", "streams.held", free_port())

    def sinks(self) -> tuple[Child, ...]:
        """Return who stores, shows and tells what was counted; all read the campaigns."""
        return (
            self._counters(),
            self._part("history", "sinks.history", self.history_port),
            self._part("milestones", "sinks.milestones", free_port()),
            self._part("clickhouse-sink", "sinks.clickhouse", free_port()),
        )

    def _counters(self) -> Child:
        collectors = (self.environment.public_url or self.addresses["collector"]).rstrip("/")
        settings = {
            "TALLY_RECEIPT_KEY": folder.secret(self.data, "receipt_key"),
            "TALLY_FORM_URL": self.environment.form_url or f"{collectors}/form",
            **self._counters_url,
            **self._history_url,
        }
        return self._part("counters", "sinks.counters", self.counters_port, settings)

    @property
    def _counters_url(self) -> dict[str, str]:
        """Where people reach the counters; of this machine's address nothing is said to those from elsewhere."""
        own = self.addresses["counters"] if self.environment.public_url is None else None
        found = self.environment.counters_url or own
        return {"TALLY_COUNTERS_URL": found} if found else {}

    @property
    def _history_url(self) -> dict[str, str]:
        """Where people find the charts; as little is said of this machine's address as of the counters'."""
        own = f"{self.addresses['history']}/history" if self.environment.public_url is None else None
        found = self.environment.history_url or own
        return {"TALLY_HISTORY_URL": found} if found else {}

    def _part(self, name: str, module: str, port: int, more: Mapping[str, str] = MappingProxyType({})) -> Child:
        settings = {
            "TALLY_KAFKA": self.environment.kafka,
            "TALLY_CLICKHOUSE": self.environment.clickhouse.get_secret_value(),
            "TALLY_SESSION_TIMEOUT_SECONDS": str(self.environment.session_timeout_seconds),
            "TALLY_CAMPAIGNS": str(place_of(self.data, "campaigns")),
            "TALLY_STATE": str(self.environment.state),
            "TALLY_PORT": str(port),
            **more,
        }
        address = f"http://127.0.0.1:{port}"
        return Child(
            name,
            [sys.executable, "-m", module],
            {**_SURROUNDINGS, **settings},
            is_ready=partial(answers_http, f"{address}/health/ready"),
            is_live=partial(answers_http, f"{address}/health/live"),
            address=address,
        )
