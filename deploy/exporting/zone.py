"""Whose days are the days of a campaign."""

from typing import Final

from clickhouse_connect.driver.client import Client

_ZONE: Final = "SELECT any(time_zone) FROM campaigns FINAL WHERE campaign = {campaign:String}"


def zone_of(client: Client, campaign: str) -> str:
    """Return the time zone of a campaign as the catalogue last said; UTC where it never did."""
    (said,) = client.query(_ZONE, parameters={"campaign": campaign}).result_rows[0]
    return str(said) or "UTC"
