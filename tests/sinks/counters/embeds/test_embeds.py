"""Badges, widget, element and oEmbed of a counter that runs, with a real broker and over HTTP."""

import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.sinks.counters.conftest import CAMPAIGN, Broker, Counter, running, wait_until
from tests.sinks.counters.embeds.pictures import read_png
from tests.sinks.counters.emitter import Emitter, states_of

LETTERS = states_of([("w4r-2026", "case-1", "FR", 12_345, 1), ("w4r-2026", "case-1", "FR", -345, 0)])
ASKED = {"campaign": "w4r-2026"}
HOUR_MS = 3_600_000
HOSTILE = "</text><script>alert(1)</script>\"'&<b onload=x>"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture(scope="module")
def allowing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("campaigns") / "campaign.toml"
    path.write_text(CAMPAIGN.replace("goal = 1000", 'goal = 1000\nembeds = ["world", "case", "channel"]'))
    path.with_name("other.toml").write_text(CAMPAIGN.replace("w4r-2026", "closed"))
    return path.parent


@pytest.fixture(scope="module")
def module_broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    yield broker
    broker.stop()


def tell(broker: Broker, as_of: int) -> Emitter:
    """Write 12,345 letters that were complete at a moment, and return what can go on."""
    emitter = Emitter(LETTERS)
    broker.open_epoch(1, [0, 0])
    broker.write(emitter.emit(1, is_keyframe=True, as_of=as_of))
    broker.write(Emitter(states_of([]), partition=1).emit(0, is_keyframe=True, as_of=as_of))
    return emitter


@pytest.fixture(scope="module")
def counter(module_broker: Broker, allowing: Path) -> Iterator[Counter]:
    """Run one counter for all tests that only look; its 12,345 letters stay fresh, however long they look."""
    tell(module_broker, now_ms() + HOUR_MS)
    with running(module_broker.servers, allowing) as counter:
        wait_until(counter.is_ready)
        yield counter


def get(counter: Counter, address: str, **asked: str | int) -> httpx.Response:
    return counter.web.get(address, params=ASKED | asked)


@pytest.mark.parametrize("place", ["world/all", "case/case-1", "channel/web"])
def test_a_badge_is_shown_of_what_the_campaign_allows(counter: Counter, place: str) -> None:
    """SVG and PNG carry the number, the PNG at its stated size, both with an as-of for those who can't see them."""
    svg = get(counter, f"/badge/{place}.svg", height=40)
    assert (svg.status_code, svg.headers["content-type"]) == (200, "image/svg+xml")
    root = ET.fromstring(svg.content)  # noqa: S314 (of our own server)
    texts = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "12,345" in texts[1]
    assert "As of" in root.attrib["aria-label"]
    png = get(counter, f"/badge/{place}.png", height=40)
    assert (png.status_code, png.headers["content-type"]) == (200, "image/png")
    picture = read_png(png.content)
    assert (picture.width, picture.height) == (int(root.attrib["width"]), 40)
    assert picture.description == root.attrib["aria-label"]
    assert len(set(picture.points)) > 20


@pytest.mark.parametrize("kind", ["svg", "png"])
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"label": HOSTILE}, 200),
        ({"lang": "ar"}, 200),
        ({"lang": HOSTILE}, 200),
        ({"label": "x" * 61}, 400),
        ({"label": ""}, 400),
        ({"label": "two\nlines"}, 400),
        ({"label": "\x1b[0m"}, 400),
        ({"height": 15}, 422),
        ({"height": 97}, 422),
    ],
)
def test_a_badge_takes_what_has_bounds(counter: Counter, kind: str, asked: dict[str, str | int], status: int) -> None:
    """A label of any characters is words and no more; one that is too long, or a size out of bounds, is refused."""
    answer = get(counter, f"/badge/case/case-1.{kind}", **asked)
    assert answer.status_code == status
    assert kind == "png" or b"<script" not in answer.content
    assert kind == "png" or b"<b " not in answer.content


def test_letters_that_a_png_lacks_are_refused(counter: Counter) -> None:
    """A label that would be drawn as empty squares is told to be one; a browser has letters for the SVG."""
    assert get(counter, "/badge/case/case-1.png", label="陈梅").json()["field"] == "label"
    assert get(counter, "/badge/case/case-1.svg", label="陈梅").is_success


@pytest.mark.parametrize("address", ["/badge/{}.svg", "/badge/{}.png", "/embed/{}", "/embed/{}.json"])
def test_what_is_not_allowed_is_refused_and_what_is_not_there_is_not_found(counter: Counter, address: str) -> None:
    """A scope that the campaign leaves out is 403 with what to write; a member or scope that is none is 404."""
    refused = get(counter, address.format("country/FR"))
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert 'embeds = ["world", "case", "channel", "country"]' in refused.json()["remedy"]
    closed = get(counter, address.format("case/case-1"), campaign="closed")
    assert (closed.status_code, closed.json()["reason"]) == (403, "embeds_off")
    for place in ("case/nobody", "channel/none", "place/x", "case/%3Cscript%3E"):
        assert get(counter, address.format(place)).status_code == 404
    assert counter.web.get(address.format("case/case-1")).status_code == 400
    assert get(counter, address.format("case/case-1"), campaign="nothing").status_code == 404


@pytest.mark.parametrize("address", ["/badge/case/case-1.svg", "/badge/case/case-1.png", "/embed/case/case-1"])
def test_answers_can_be_kept_and_carry_nothing_that_runs(counter: Counter, address: str) -> None:
    """Whoever has the newest hears 304; caches keep it for a second; no answer can run what is not ours."""
    answer = get(counter, address)
    assert answer.headers["cache-control"].startswith("public, max-age=1, ")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not answer.cookies
    again = counter.web.get(address, params=ASKED, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_only_the_widget_may_stand_in_a_frame(counter: Counter) -> None:
    """Any site may frame the widget; no site may frame the page."""
    assert "frame-ancestors *" in get(counter, "/embed/case/case-1").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in get(counter, "/").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("language", "direction", "number"), [("en", "ltr", "12,345"), ("ar", "rtl", "12,345"), ("es", "ltr", "12.345")]
)
def test_the_widget_says_the_number_without_script(
    counter: Counter, language: str, direction: str, number: str
) -> None:
    """The page has the number, the case's name, an as-of and a way to the campaign's page, in the reader's language."""
    said = get(counter, "/embed/case/case-1", lang=language, theme="dark").text
    assert f'<html lang="{language}" dir="{direction}" data-theme="dark">' in said
    assert f'<p class="number">{number}</p>' in said
    assert "Ana Example" in said
    assert "Write for &lt;Rights&gt; 2026" in said
    assert f'href="../../?campaign=w4r-2026&amp;lang={language}"' in said
    assert get(counter, "/embed/case/case-1", theme=HOSTILE).status_code == 400


def test_the_element_is_small_and_open_to_all_sites(counter: Counter) -> None:
    """The script has fewer than 5,000 bytes as it is served without compression, and any site may load it."""
    answer = counter.web.get("/embed/letter-tally.js", headers={"Accept-Encoding": "identity"})
    assert len(answer.content) < 5000
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert b"$unheard" not in answer.content
    assert counter.web.get("/embed/nothing.js").status_code == 404


@pytest.mark.parametrize(
    ("asked", "locale"),
    [("ar-EG", "ar-u-nu-latn"), ("en", "en-001-u-nu-latn"), ("de-CH", "de-CH"), (HOSTILE, "en-001-u-nu-latn")],
)
def test_the_element_begins_with_a_number_and_how_to_write_it(counter: Counter, asked: str, locale: str) -> None:
    """The JSON has the number, its name, its age and words; numbers are written as the document's language does."""
    answer = get(counter, "/embed/case/case-1.json", lang=asked)
    said = answer.json()
    assert (said["locale"], said["is_stale"]) == (locale, False)
    assert {"lost", "stale", "as_of"} == set(said["words"])
    assert said["stale_after_seconds"] == 90
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_correction_lowers_every_embed(broker: Broker, allowing: Path) -> None:
    """When a correction takes letters back, badge, widget and JSON show fewer, under other tags."""
    emitter = tell(broker, now_ms() + HOUR_MS)
    with running(broker.servers, allowing) as counter:
        wait_until(counter.is_ready)
        _correct(counter, broker, emitter)


def _correct(counter: Counter, broker: Broker, emitter: Emitter) -> None:
    before = get(counter, "/badge/case/case-1.png")
    broker.write(emitter.emit(2, as_of=now_ms() + HOUR_MS))
    wait_until(lambda: get(counter, "/embed/case/case-1.json").json()["letters"] == 12_000)
    assert "12,000" in get(counter, "/badge/case/case-1.svg").text
    assert '<p class="number">12,000</p>' in get(counter, "/embed/case/case-1").text
    after = get(counter, "/badge/case/case-1.png")
    assert after.headers["etag"] != before.headers["etag"]
    assert read_png(after.content).points != read_png(before.content).points


def test_old_numbers_say_that_they_are_not_new(broker: Broker, allowing: Path) -> None:
    """Numbers that nobody has confirmed for long stay, with words beside them."""
    tell(broker, now_ms() - HOUR_MS)
    with running(broker.servers, allowing) as counter:
        wait_until(counter.is_ready)
        assert "12,345 (not new)" in get(counter, "/badge/case/case-1.svg").text
        assert "This number is not new" in get(counter, "/embed/case/case-1").text
        assert get(counter, "/embed/case/case-1.json").json()["is_stale"] is True


def test_what_is_not_known_yet_is_no_number(broker: Broker, allowing: Path) -> None:
    """While the totals are being read, embeds say so with 503, and nobody is to keep that."""
    broker.open_epoch(1, [0, 0])
    with running(broker.servers, allowing) as counter:
        wait_until(counter.is_up)
        for address, words in {
            "/badge/case/case-1.svg": "not known yet",
            "/embed/case/case-1": "is not complete yet",
            "/embed/case/case-1.json": "catching_up",
        }.items():
            answer = get(counter, address)
            assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
            assert words in answer.text
        assert read_png(get(counter, "/badge/case/case-1.png").content).description.endswith("Write for <Rights> 2026")
        assert get(counter, "/embed/country/FR").status_code == 403
