"""QR codes and links that leave the page: drawn of what we know, not of what was sent, and kept only where they may."""

from pathlib import Path

import httpx
import pytest

from tests.brokers import EmbeddedBroker
from tests.producers.conftest import collecting

FORM = "/form/w4r-2026"


@pytest.mark.parametrize("lang", ["fr-" + "x" * 3_000, "y" * 2_000])
def test_a_language_is_drawn_as_we_know_it(collector: httpx.Client, lang: str) -> None:
    """However long a language's name is that somebody asks for, the code has one of ours, or the reader's own."""
    headers = {"accept-language": "pl"}
    drawn = collector.get(f"{FORM}/qr.svg", params={"lang": lang}, headers=headers)
    known = collector.get(f"{FORM}/qr.svg", params={"lang": "fr" if lang.startswith("fr") else "pl"})
    assert drawn.status_code == 200
    assert drawn.content == known.content
    sheet = collector.get(f"{FORM}/qr", params={"lang": lang}, headers=headers)
    assert f"lang={'fr' if lang.startswith('fr') else 'pl'}</a>" in sheet.text


@pytest.mark.parametrize("host", ["h" * 3_000, "[", "[::::]", "a b", "x:y", "<b>", ""])
def test_what_is_no_host_is_not_drawn(collector: httpx.Client, host: str) -> None:
    """A host that no browser could reach is the sender's mistake."""
    for page in (FORM, f"{FORM}/qr", f"{FORM}/qr.svg"):
        answer = collector.get(page, headers={"host": host})
        assert answer.status_code < 500
        assert len(answer.content) < 100_000
    assert collector.get(f"{FORM}/qr.svg", headers={"host": "h" * 3_000}).status_code == 400


def test_what_was_made_of_the_host_is_kept_by_nobody_else(collector: httpx.Client) -> None:
    """Without an address of our own, a cache that many share would hand on what one of them made up."""
    for page in ("qr", "qr.svg"):
        answer = collector.get(f"{FORM}/{page}", headers={"host": "elsewhere.example"})
        assert {"private", "no-store"} & set(answer.headers["cache-control"].split(", "))


def test_a_code_of_our_own_address_may_be_kept(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> None:
    """With TALLY_PUBLIC_URL the Host decides nothing, and any cache may keep the code."""
    settings = {"TALLY_PUBLIC_URL": "https://letters.example.org"}
    with collecting(broker.address, campaigns, tmp_path, settings) as running:
        code = running.client.get(f"{FORM}/qr.svg", headers={"host": "elsewhere.example"})
        assert code.headers["cache-control"].startswith("public")
        assert code.content == running.client.get(f"{FORM}/qr.svg").content
