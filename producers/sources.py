"""The configured sources: one TOML file each, checked against the catalogue, with the secrets that prove them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from producers.channels.known import CHANNELS
from producers.channels.reading import Channel
from producers.channels.source import Source
from producers.known_events import KnownEvents
from schemas.catalogue import Campaign, Catalogue
from schemas.configuration import ConfigurationError, files_of, line_of, parse, read_text

_REMEDY: Final = "see docs/channels.md for an example"
_TABLES: Final = ("cases", "events", "fields", "poll")
_POLLED: Final = "petition-counter"
_SHORTEST_SECRET: Final = 16


@dataclass(frozen=True)
class Configured:
    """A source with its channel and its secrets, any of which is valid."""

    source: Source
    channel: Channel
    secrets: tuple[str, ...] = field(repr=False)


def load_sources(path: Path | None, catalogue: Catalogue, environment: Mapping[str, str]) -> dict[str, Configured]:
    """Return the sources of a file, or of each *.toml of a folder, by name; none without; raises ConfigurationError."""
    sources: dict[str, Configured] = {}
    for file in files_of(path, "TALLY_SOURCES", _REMEDY) if path else ():
        text = read_text(file)
        source = parse(file, text, Source, _TABLES, _REMEDY)
        if source.source in sources:
            raise _error(file, text, ("source",), f"{source.source!r} is in another file too: rename one")
        if source.channel not in CHANNELS:
            raise _error(file, text, ("channel",), f"expected one of {', '.join(sorted(CHANNELS))}")
        channel = CHANNELS[source.channel]
        campaign = _check(file, text, source, catalogue)
        secrets = _secrets(file, text, source, environment)
        known = channel.knowing(source, campaign) if channel.knowing else source
        sources[source.source] = Configured(known, channel, secrets)
    return sources


def source_now(configured: Configured, known: KnownEvents) -> Source:
    """Return the source with the registered events too, where its reader resolves names; its own names win."""
    source = configured.source
    if configured.channel.knowing is None:
        return source
    return source.model_copy(update={"events": known.names(source.campaign) | source.events})


def _check(file: Path, text: str, source: Source, catalogue: Catalogue) -> Campaign:
    campaign = catalogue.campaigns.get(source.campaign)
    if campaign is None:
        known = ", ".join(sorted(catalogue.campaigns))
        raise _error(file, text, ("campaign",), f"expected one of the catalogue: {known}")
    events = {event.event for event in campaign.events}
    if source.event and source.event not in events:
        raise _error(file, text, ("event",), "expected an event of the campaign")
    for name, event in source.events.items():
        if event not in events:
            raise _error(file, text, ("events", name), "expected an event of the campaign")
    for name, case in source.cases.items():
        _check_case(file, text, ("cases", name), case, campaign)
    for name, meaning in source.fields.items():
        if meaning.startswith("letters:"):
            _check_case(file, text, ("fields", name), meaning.removeprefix("letters:"), campaign)
    if source.poll:
        _check_poll(file, text, source)
    return campaign


def _check_poll(file: Path, text: str, source: Source) -> None:
    if source.channel != _POLLED:
        raise _error(file, text, ("poll",), f"only sources of the channel {_POLLED} can be polled: take it out")
    if not source.cases:
        raise _error(file, text, ("cases",), "expected the number of each petition, and the case that it is")
    for name in source.cases:
        if not (name.isascii() and name.isdigit()):
            raise _error(file, text, ("cases", name), "expected the number of a petition")


def _check_case(file: Path, text: str, where: tuple[str, str], case: str, campaign: Campaign) -> None:
    cases = sorted(case.case for case in campaign.cases)
    if case not in cases:
        raise _error(file, text, where, f"expected a case of {campaign.campaign}: {', '.join(cases)}")


def _secrets(file: Path, text: str, source: Source, environment: Mapping[str, str]) -> tuple[str, ...]:
    found = []
    for secret_file in source.secret_files:
        try:
            found.append((file.parent / secret_file).read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise _error(
                file, text, ("secret_files",), f"{secret_file} can't be read ({type(error).__name__})"
            ) from None
    for variable in source.secret_variables:
        if variable not in environment:
            raise _error(file, text, ("secret_variables",), f"{variable} is not set")
        found.append(environment[variable].strip())
    if source.poll and not found:
        return ()  # nobody need send what we read ourselves
    if not found or any(len(secret) < _SHORTEST_SECRET for secret in found):
        said = f"expected secrets of at least {_SHORTEST_SECRET} random characters"
        raise _error(file, text, ("secret_files",), said)
    return tuple(found)


def _error(file: Path, text: str, where: tuple[str, ...], said: str) -> ConfigurationError:
    line = line_of(text, where, _TABLES)
    return ConfigurationError(f"{file}:{line}: {'.'.join(where)}: {said}: {_REMEDY}")
