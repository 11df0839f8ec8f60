"""What `tally export` leaves behind, for tests: a publication of all that ClickHouse has of a campaign."""

from datetime import UTC, datetime
from uuid import uuid4

from clickhouse_connect.driver.client import Client

from schemas.tally import SCOPES

_MEMBERS = "['all', country, `case`, event, channel, kind, concat(`case`, ':', country)]"
_FIGURES = f"""
    SELECT scope, member, toInt64(sum(letters)), toInt64(count())
    FROM letters
    ARRAY JOIN {list(SCOPES)} AS scope, {_MEMBERS} AS member
    WHERE campaign = {{campaign:String}} AND received_at < {{until:DateTime64(3, 'UTC')}}
    GROUP BY scope, member
"""  # noqa: S608 (our own)
_POSITIONS = """
    SELECT arrayMap(number -> toUInt64(found[toUInt16(number)]), range({partitions:UInt16}))
    FROM
    (
        SELECT CAST((groupArray(partition), groupArray(next)), 'Map(UInt16, UInt64)') AS found
        FROM
        (
            SELECT partition, max(offset) + 1 AS next FROM letter_reports FINAL
            WHERE epoch = {epoch:UInt32} GROUP BY partition
        )
    )
"""


def publish_all(client: Client, campaign: str, partitions: int, until: datetime | None = None) -> str:
    """Register all figures of a campaign as given out now, in epoch 1 while nothing comes in; return the id.

    With `until` they are only those of what was received before.
    """
    publication_id = str(uuid4())
    positions = client.query(_POSITIONS, {"epoch": 1, "partitions": partitions}).result_rows[0][0]
    asked = {"campaign": campaign, "until": until or datetime(2100, 1, 1, tzinfo=UTC)}
    figures = client.query(_FIGURES, asked).result_rows
    names = ["publication_id", "as_of", "campaign", "definition", "query", "epoch", "positions", "received_until"]
    row = [publication_id, datetime.now(UTC), campaign, "All that counts", _FIGURES, 1, positions, until]
    client.insert("publications", [row], column_names=names)
    names = ["publication_id", "scope", "member", "letters", "reports"]
    client.insert("publication_figures", [[publication_id, *figure] for figure in figures], column_names=names)
    return publication_id
