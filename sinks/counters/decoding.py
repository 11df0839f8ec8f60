"""Records of the topics that a counter reads -> what it keeps of them."""

from typing_extensions import TypeIs

from schemas.crossing import Crossing, Delivery, decode_milestone
from schemas.epoch import Epoch, decode_epoch
from schemas.tally import Frame, MinuteTally, Tally
from schemas.topics import EPOCHS, MILESTONES
from schemas.wire import decode_minute, decode_tally

Total = Tally | Frame | Epoch
Milestone = Crossing | Delivery


def decode_total(topic: str, key: bytes, value: bytes) -> Total:
    """Return what a record of `tallies` or `epochs` carries; raises ValidationError."""
    return decode_epoch(value) if topic == EPOCHS.name else decode_tally(key, value)


def decode_shown(topic: str, key: bytes, value: bytes) -> Total | Milestone:
    """Return the same, or what a record of `milestones` carries; raises ValidationError."""
    return decode_milestone(key, value) if topic == MILESTONES.name else decode_total(topic, key, value)


def is_milestone(record: Total | Milestone) -> TypeIs[Milestone]:
    """Tell what `milestones` carries from what the board takes."""
    return "crossing_id" in record


def decode_minute_since(first_minute: int, key: bytes, value: bytes) -> MinuteTally | None:
    """Return what a record of `minutes` carries, nothing where its key says that it is older; raises ValidationError.

    After a start most are older: their keys are quicker to read.
    """
    parts = key.split(b"/")
    if len(parts) == _PARTS and parts[3].isdigit() and int(parts[3]) < first_minute:
        return None
    return decode_minute(value)


_PARTS = 5
"""Of a key: campaign, scope, member, minute, partition."""
