"""What is given out is registered, so that it can be found and recounted."""

from clickhouse_connect.driver.client import Client

from deploy.exporting.reading import Counted


def register(client: Client, counted: Counted) -> None:
    """Store a publication whose rows were all read; its figures come first, so that none is without them."""
    asked, known = counted.asked, counted.known
    rows = [(known.publication_id, *place, *pair) for place, pair in counted.figures.items()]
    client.insert("publication_figures", rows, column_names=["publication_id", "scope", "member", "letters", "reports"])
    publication = {
        "publication_id": known.publication_id,
        "as_of": known.as_of,
        "campaign": asked.campaign,
        "definition": asked.definition(),
        "query": asked.as_sql(),
        "epoch": known.epoch,
        "positions": known.positions,
        "received_from": asked.received_from,
        "received_until": asked.received_until,
    }
    client.insert("publications", [list(publication.values())], column_names=list(publication))
