"""An epoch: one life of the log `letters`, from its offset 0 on."""

from typing import Annotated, Final

from pydantic import Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from schemas.report import EpochMilliseconds

Natural = Annotated[int, Field(ge=0)]
EPOCH_KEY: Final = b"epoch"


@with_config(strict=True, extra="ignore")
class Epoch(TypedDict):
    """Which log is being counted; written to `epochs` when topics are created and when a restore has ended.

    `log_id` is the broker's id of the topic `letters`: a state that belongs to another log is never used.
    `complete_at` are the offsets, one a partition, from which on this epoch's totals hold all that the epoch
    before had; null while a restore is under way. Readers keep the old epoch until every partition is there.
    """

    epoch: Annotated[int, Field(ge=1)]
    log_id: Annotated[str, Field(min_length=1)]
    opened_at: EpochMilliseconds
    complete_at: list[Natural] | None


def group_of_sinks(epoch: int) -> str:
    """Return the group as which ClickHouse sinks of this epoch read; what it has committed is stored."""
    return f"clickhouse-{epoch}"


_read: Final = TypeAdapter(Epoch).validator.validate_json


def decode_epoch(value: bytes) -> Epoch:
    """Return what a record of `epochs` carries; raises ValidationError on anything else."""
    epoch: Epoch = _read(value)
    return epoch
