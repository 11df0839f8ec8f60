"""How other sites find out what to embed, of counters that run: with an address that was set, and without one."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from tests.sinks.counters.conftest import CAMPAIGN, Broker, Counter, running, wait_until
from tests.sinks.counters.embeds.test_embeds import ASKED, HOUR_MS, now_ms, tell

PUBLIC = "https://count.example/live"
ELSEWHERE = {"Host": "elsewhere.example"}


@pytest.fixture(scope="module")
def allowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("campaigns") / "campaign.toml"
    path.write_text(CAMPAIGN.replace("goal = 1000", 'goal = 1000\nembeds = ["world", "case"]'))
    return path


@pytest.fixture(scope="module")
def module_broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    tell(broker, now_ms() + HOUR_MS)
    yield broker
    broker.stop()


@pytest.fixture(scope="module")
def counter(module_broker: Broker, allowing: Path) -> Iterator[Counter]:
    """Run one counter that knows where people reach it."""
    with pytest.MonkeyPatch.context() as told:
        told.setenv("TALLY_COUNTERS_URL", PUBLIC)
        with running(module_broker.servers, allowing) as counter:
            wait_until(counter.is_ready)
            yield counter


def links_in(html: str) -> list[str]:
    found = re.findall(r'<link rel="alternate" type="[a-z/]*\+oembed" href="([^"]*)"', html)
    return [unescape(one) for one in found]


@pytest.mark.parametrize("path", ["/", "/case/case-1", "/embed/case/case-1"])
def test_pages_lead_to_what_can_be_embedded_of_them(counter: Counter, path: str) -> None:
    """First page, a case's and the widget have links that oEmbed answers with a frame of the same total."""
    html = counter.web.get(path, params=ASKED | {"lang": "es"}, headers=ELSEWHERE).text
    assert "elsewhere.example" not in html
    links = links_in(html)
    assert len(links) == 2
    for link in links:
        assert link.startswith(f"{PUBLIC}/oembed?")
        answer = counter.web.get(f"/oembed?{urlsplit(link).query}")
        place = "world/all" if path == "/" else "case/case-1"
        assert f"{PUBLIC}/embed/{place}?campaign=w4r-2026" in unescape(unescape(answer.text))


def test_pages_of_what_is_not_to_be_embedded_lead_nowhere(counter: Counter) -> None:
    """A scope that the campaign leaves out has a page without such links."""
    page = counter.web.get("/country/FR", params=ASKED)
    assert (page.status_code, links_in(page.text)) == (200, [])


def test_oembed_answers_as_its_specification_says(counter: Counter) -> None:
    """JSON and XML say the same; 404, 501 and 401 are what is unknown, unsupported and not allowed."""
    page = f"{PUBLIC}/?campaign=w4r-2026&lang=fr"
    said = counter.web.get("/oembed", params={"url": page, "maxwidth": 300, "maxheight": 120}).json()
    assert (said["type"], said["version"], said["width"], said["height"]) == ("rich", "1.0", 300, 120)
    assert f'src="{PUBLIC}/embed/world/all?campaign=w4r-2026&amp;lang=fr"' in said["html"]
    xml = counter.web.get("/oembed", params={"url": page, "format": "xml", "maxwidth": 300, "maxheight": 120})
    assert xml.headers["content-type"].startswith("text/xml")
    told = {one.tag: one.text for one in ET.fromstring(xml.content)}  # noqa: S314 (of our own server)
    assert told == {name: str(value) for name, value in said.items()}
    statuses = {
        f"{PUBLIC}/embed/case/case-1?campaign=w4r-2026": 200,
        f"{PUBLIC}/country/FR?campaign=w4r-2026": 401,
        f"{PUBLIC}/case/nobody?campaign=w4r-2026": 404,
        f"{PUBLIC}/case/case-1": 404,
        "https://elsewhere.example/?campaign=w4r-2026": 404,
    }
    assert {url: counter.web.get("/oembed", params={"url": url}).status_code for url in statuses} == statuses
    assert counter.web.get("/oembed", params={"url": page, "format": "yaml"}).status_code == 501
    assert counter.web.get("/oembed").status_code == 400


def test_what_caches_keep_does_not_depend_on_what_a_request_calls_us(counter: Counter) -> None:
    """However the counters are asked, oEmbed tells the address that was set; an address of another name is none."""
    asked = {"url": f"{PUBLIC}/case/case-1?campaign=w4r-2026"}
    answer = counter.web.get("/oembed", params=asked, headers=ELSEWHERE)
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.json() == counter.web.get("/oembed", params=asked).json()
    assert answer.json()["provider_url"] == f"{PUBLIC}/"
    other = {"url": "http://elsewhere.example/case/case-1?campaign=w4r-2026"}
    assert counter.web.get("/oembed", params=other, headers=ELSEWHERE).status_code == 404


def test_the_title_is_in_the_language_of_the_page(counter: Counter) -> None:
    """It is the language that the address names, else that of whoever asks, and caches are told so."""
    page, polish = f"{PUBLIC}/?campaign=w4r-2026", {"Accept-Language": "pl"}

    def title(url: str, **headers: str) -> str:
        answer = counter.web.get("/oembed", params={"url": url}, headers=headers)
        assert answer.headers["vary"] == "Accept-Language"
        return str(answer.json()["title"]).partition(" (")[0]

    assert title(page) == "Letters written"
    assert title(page, **polish) == title(f"{page}&lang=pl") != title(page)
    assert title(f"{page}&lang=es", **polish) == title(f"{page}&lang=es") != title(page, **polish)


def test_without_an_address_that_was_set_nothing_of_a_request_is_kept_for_others(
    module_broker: Broker, allowing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and widget lead nowhere; oEmbed tells what the request called us, and only who asked may keep that."""
    monkeypatch.delenv("TALLY_COUNTERS_URL", raising=False)
    with running(module_broker.servers, allowing) as counter:
        wait_until(counter.is_ready)
        for path in ("/", "/case/case-1", "/embed/case/case-1"):
            page = counter.web.get(path, params=ASKED, headers=ELSEWHERE)
            assert (page.status_code, links_in(page.text)) == (200, [])
            assert "elsewhere.example" not in page.text
        asked = {"url": "http://elsewhere.example/case/case-1?campaign=w4r-2026"}
        answer = counter.web.get("/oembed", params=asked, headers=ELSEWHERE)
        assert answer.headers["cache-control"] == "private, max-age=60"
        assert 'src="http://elsewhere.example/embed/case/case-1?' in answer.json()["html"]
