"""Records of `milestones` -> rows of what was told, and of what was delivered. No network, no clock."""

from collections.abc import Sequence
from uuid import UUID

from schemas.crossing import Crossing, Delivery, is_delivery
from sinks.clickhouse.rows import Record, Rows, rows_of, version_of

_AS_IT_IS = ("campaign", "scope", "member", "milestone", "is_goal", "state", "ordinal", "letters", "as_of", "versions")


def milestone_rows(said: Sequence[tuple[Record, Crossing | Delivery]], epoch: int) -> tuple[Rows, Rows]:
    """Return the rows of crossings and those of deliveries."""
    crossings = [(record, one) for record, one in said if not is_delivery(one)]
    deliveries = [(record, one) for record, one in said if is_delivery(one)]
    named = {name: lambda _, one, name=name: one[name] for name in _AS_IT_IS}
    columns = {
        "crossing_id": lambda _, one: UUID(one["crossing_id"]),
        **named,
        "counted_epoch": lambda _, one: one["epoch"],
        "epoch": lambda *_: epoch,
        "offset": lambda record, _: record.offset,
        "version": lambda record, _: version_of(0, epoch, record.offset),
    }
    of_delivery = {
        "crossing_id": lambda _, one: UUID(one["crossing_id"]),
        "delivered_at": lambda _, one: one["delivered_at"],
    }
    return rows_of("milestones", columns, crossings), rows_of("milestone_deliveries", of_delivery, deliveries)
