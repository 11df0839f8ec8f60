import pytest
from clickhouse_connect.driver.client import Client

from tests.sinks.clickhouse.conftest import clickhouse, tables, url
from tests.sinks.history.asked import Charts

__all__ = ["charts", "clickhouse", "tables", "url"]


@pytest.fixture
def charts(tables: Client, url: str) -> Charts:  # noqa: ARG001 (the tables must be there; pytest finds by name)
    """Return the charts of a database of the test's own."""
    return Charts(url)
