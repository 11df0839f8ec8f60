"""The one place that reads TALLY_*: every setting, its type, its default and what it is for."""

import json
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from schemas.complaints import complaint_of
from schemas.webhook import key_of

_SHORTEST_SECRET: Final = 32
_Secret = Annotated[SecretStr, Field(min_length=_SHORTEST_SECRET)]


class Environment(BaseSettings):
    """What a process is told from outside; a secret X may also be a file `tally_x` in /run/secrets."""

    model_config = SettingsConfigDict(
        env_prefix="TALLY_",
        frozen=True,
        extra="ignore",
        secrets_dir="/run/secrets" if Path("/run/secrets").is_dir() else None,
    )

    kafka: str = Field("127.0.0.1:9092", description="bootstrap servers, host:port with commas between")
    partitions: int = Field(8, ge=1, le=1000, description="of letters, tallies, minutes; fixed for a season")
    replication: int = Field(1, ge=1, le=9, description="copies of each partition when topics are created")
    session_timeout_seconds: float = Field(10, ge=6, le=120, description="how long a silent group member stays one")

    clickhouse: SecretStr = Field(
        SecretStr("http://tally@127.0.0.1:8123/tally"), description="http(s)://user:password@host:port/database"
    )

    analyst_password: SecretStr | None = Field(
        None, min_length=16, description="password of ClickHouse's user `analyst`, whom `tally migrate` makes then"
    )

    campaigns: Path = Field(Path("campaigns"), description="a campaign.toml, or a folder of them")
    sources: Path | None = Field(
        None, description="a source's .toml, or a folder of them; without it, our own form only"
    )
    pseudonym_key: SecretStr | None = Field(
        None, min_length=32, description="secret that turns addresses into pseudonyms"
    )
    pseudonym_keys: Annotated[dict[str, _Secret], NoDecode] = Field(
        {}, description='more of them, for campaigns that name one, as JSON: {"2027": "secret"}'
    )
    receipt_key: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="secret that signs receipts; several with commas between, all valid, the last one signs"
    )

    outbox: Path = Field(Path("outbox"), description="folder of a collector's outbox, on a disk that keeps its files")
    outbox_most_bytes: int = Field(1 << 30, ge=1 << 20, description="beyond that nothing more goes into the outbox")
    outbox_least_free_bytes: int = Field(256 << 20, ge=0, description="what the outbox leaves of its disk to others")
    outbox_until: Literal["kafka", "clickhouse"] = Field(
        "kafka",
        description="`clickhouse`: all goes through and stays until then, for a broker that keeps nothing on disk",
    )
    organisers_key: SecretStr | None = Field(
        None, min_length=32, description="secret with which organisers register events; without it, nobody does"
    )
    captcha_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="secret of the form's proof of work, the same for all collectors; without it none is asked for",
    )
    captcha_rounds: int = Field(
        5_000, ge=1, le=1_000_000, description="what each of some 256 trials costs a browser, in rounds of PBKDF2"
    )
    address_per_minute: int = Field(600, ge=0, description="reports and lists of events, by address; 0 for any number")
    source_per_minute: int = Field(600_000, ge=0, description="deliveries that a source may send; 0 for any number")
    trusted_proxies: str = Field(
        "", description="addresses and networks, with commas between, whose X-Forwarded-For is believed"
    )

    state: Path = Field(Path("state"), description="folder of the count worker's state; a cache, safe to delete")
    emission_interval_seconds: float = Field(0.2, gt=0, le=10)
    keyframe_interval_seconds: float = Field(60, gt=0, le=3600)

    reconcile_interval_seconds: float = Field(
        300, gt=0, le=86_400, description="how often one of the sinks compares ClickHouse's letters with the totals"
    )

    milestones_url: SecretStr | None = Field(None, description="webhook that is told each milestone; without it, none")
    milestones_secret: SecretStr | None = Field(
        None, validate_default=True, description="secret that signs what the webhook is told: base64 of 24 to 64 bytes"
    )
    milestones_quiet_seconds: float = Field(
        60, ge=0, le=86_400, description="how long a total stays below a milestone before that is told as a correction"
    )

    public_url: str | None = Field(
        None, pattern=r"^https?://[^\s?#]+$", description="where people reach the collectors; else as they asked for it"
    )
    counters_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="where people reach the counters: receipts link there, if these have TALLY_RECEIPT_KEY too, and "
        "so does what other sites embed",
    )
    history_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="where people find the charts, such as https://letters.example.org/history: the counters' page "
        "links there; without it not",
    )
    form_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+$",
        description="where people find the form, such as https://letters.example.org/form: pages of the counters link "
        "to it, and screens at events show its QR code; without it neither",
    )
    host: str = Field("127.0.0.1", description="where this process listens")
    port: int = Field(0, ge=0, le=65535, description="where this process listens; 0 picks a free one")
    log_format: Literal["json", "text"] = "json"

    @field_validator("pseudonym_keys", mode="before")
    @classmethod
    def _be_named(cls, value: object) -> object:
        """Read JSON here, so that what is no JSON is said like any other mistake, without a secret in it."""
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValueError('expected JSON, such as {"2027": "at least 32 random characters"}') from None

    @field_validator("receipt_key", mode="before")
    @classmethod
    def _be_several(cls, value: object) -> object:
        """Tell keys apart by commas, which a key can't have itself."""
        keys = tuple(key.strip() for key in value.split(",")) if isinstance(value, str) else value
        if isinstance(keys, tuple) and any(len(str(key)) < _SHORTEST_SECRET for key in keys):
            raise ValueError(f"expected {_SHORTEST_SECRET} or more random characters in each key, commas between keys")
        return keys

    @field_validator("trusted_proxies")
    @classmethod
    def _be_addresses(cls, value: str) -> str:
        try:
            for proxy in filter(None, map(str.strip, value.split(","))):
                ip_network(proxy)
        except ValueError:
            raise ValueError("expected addresses or networks, such as 10.0.0.5, 10.1.0.0/16") from None
        return value

    @field_validator("milestones_url")
    @classmethod
    def _be_a_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            parts = urlsplit(value.get_secret_value()) if value else None
            is_whole = parts is None or (parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ValueError("expected http(s)://host/path") from None
        return value

    @field_validator("milestones_secret")
    @classmethod
    def _sign_what_is_sent(cls, value: SecretStr | None, told: ValidationInfo) -> SecretStr | None:
        if value is None and told.data.get("milestones_url") is not None:
            raise ValueError("needed with TALLY_MILESTONES_URL: make one, such as by `openssl rand -base64 32`")
        if value is not None and key_of(value.get_secret_value()) is None:
            raise ValueError("expected base64 of 24 to 64 random bytes, such as of `openssl rand -base64 32`")
        return value

    @field_validator("clickhouse")
    @classmethod
    def _be_an_address(cls, value: SecretStr) -> SecretStr:
        """Refuse what would be cut at the wrong place: a part of the password would be taken for host or port."""
        try:
            parts = urlsplit(value.get_secret_value())
            is_whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
            is_whole = is_whole and "@" not in parts.path + parts.query + parts.fragment
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ValueError(
                "expected http(s)://user:password@host:port/database, special characters in user and password as %XX"
            ) from None
        return value


def read_environment() -> Environment:
    """Return the settings; raises SystemExit with one line a wrong variable, its value left out."""
    try:
        return Environment()  # type: ignore[call-arg]  # every field has a default or is read from outside
    except ValidationError as error:
        raise SystemExit(sentences_of(error)) from None


def sentences_of(error: ValidationError) -> str:
    """Return one line a wrong setting, without its value."""
    return "\n".join(
        f"TALLY_{'.'.join(map(str, e['loc'])).upper()}: {complaint_of(e)}"
        for e in error.errors(include_url=False, include_input=False)
    )
