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
    WHERE campaign = {{campaign:String}}
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


def publish_all(client: Client, campaign: str, epoch: int, partitions: int) -> str:
    """Register all figures of a campaign as given out now, while nothing comes in; return the publication's id."""
    publication_id = str(uuid4())
    positions = client.query(_POSITIONS, {"epoch": epoch, "partitions": partitions}).result_rows[0][0]
    figures = client.query(_FIGURES, {"campaign": campaign}).result_rows
    names = ["publication_id", "as_of", "campaign", "definition", "query", "epoch", "positions"]
    row = [publication_id, datetime.now(UTC), campaign, "All that counts", _FIGURES, epoch, positions]
    client.insert("publications", [row], column_names=names)
    names = ["publication_id", "scope", "member", "letters", "reports"]
    client.insert("publication_figures", [[publication_id, *figure] for figure in figures], column_names=names)
    return publication_id
