"""A milestone that was reached, or is no longer: what is told of it, and that it was delivered, as on `milestones`."""

from typing import Annotated, Final, Literal
from uuid import UUID, uuid5

from pydantic import Field, TypeAdapter, ValidationError, with_config
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import TypedDict, TypeIs

from schemas.report import EpochMilliseconds, Slug, Uuid
from schemas.tally import Member

MilestoneScope = Literal["world", "case", "country"]
State = Literal["reached", "unreached"]
Mark = tuple[str, MilestoneScope, str, int]
"""Campaign, scope, member and the number of letters: a milestone among all of them."""
Natural = Annotated[int, Field(ge=0)]
_NAMESPACE: Final = UUID("5d0f6c1e-7f0b-5c55-9c83-0d4a4d0c3a60")


@with_config(strict=True, extra="ignore")
class Crossing(TypedDict):
    """The total of a place has come to a milestone, or has been corrected to below it.

    `ordinal` counts the crossings of one milestone from 1, so an odd one reaches; the id is made of it, so whoever
    tells a crossing twice tells the same. `letters` is the total as of `as_of`, proven at `versions`, which are the
    records counted of each partition of `epoch`.
    """

    crossing_id: Uuid
    campaign: Slug
    scope: MilestoneScope
    member: Member
    milestone: Annotated[int, Field(ge=1, lt=2**63)]
    is_goal: bool
    state: State
    ordinal: Annotated[int, Field(ge=1, le=2**31)]
    letters: Annotated[int, Field(ge=-(2**63), lt=2**63)]
    as_of: EpochMilliseconds
    epoch: Natural
    versions: list[Natural]


@with_config(strict=True, extra="ignore")
class Delivery(TypedDict):
    """A webhook's receiver has taken a crossing."""

    crossing_id: Uuid
    delivered_at: EpochMilliseconds


_read_crossing: Final = TypeAdapter(Crossing).validator.validate_json
_read_delivery: Final = TypeAdapter(Delivery).validator.validate_json
_DELIVERY: Final = b"delivery/"


def is_delivery(said: Crossing | Delivery) -> TypeIs[Delivery]:
    """Tell a delivery from a crossing."""
    return "delivered_at" in said


def mark_of(crossing: Crossing) -> Mark:
    """Return which milestone was crossed."""
    return crossing["campaign"], crossing["scope"], crossing["member"], crossing["milestone"]


def crossing_id(mark: Mark, ordinal: int) -> str:
    """Return the id of a crossing: the same whoever tells it, and however often."""
    campaign, scope, member, letters = mark
    return str(uuid5(_NAMESPACE, f"{campaign}/{scope}/{member}/{letters}/{ordinal}"))


def feed_id(campaign: str) -> str:
    """Return the id of a campaign's feed, wherever it is served."""
    return str(uuid5(_NAMESPACE, campaign))


def state_of(ordinal: int) -> State:
    """Return what a crossing of this ordinal comes to: the first reaches, the second takes back, and so on."""
    return "reached" if ordinal % 2 else "unreached"


def milestone_key(said: Crossing | Delivery) -> bytes:
    """Return the key of a record of `milestones`."""
    if is_delivery(said):
        return _DELIVERY + said["crossing_id"].encode()
    return said["crossing_id"].encode()


def decode_milestone(key: bytes, value: bytes) -> Crossing | Delivery:
    """Return what a record of `milestones` carries; raises ValidationError on anything else."""
    if key.startswith(_DELIVERY):
        delivery: Delivery = _read_delivery(value)
        return delivery
    crossing: Crossing = _read_crossing(value)
    wanted = {
        "crossing_id": crossing_id(mark_of(crossing), crossing["ordinal"]),
        "state": state_of(crossing["ordinal"]),
    }
    for field, expected in wanted.items():
        if crossing[field] != expected:  # type: ignore[literal-required]  # both are fields
            raise _mistake(field)
    return crossing


def _mistake(field: str) -> ValidationError:
    """Return the complaint about a crossing whose parts do not belong together."""
    said = PydanticCustomError("inconsistent", "expected what milestone and ordinal come to")
    return ValidationError.from_exception_data("Crossing", [InitErrorDetails(type=said, loc=(field,), input=None)])
