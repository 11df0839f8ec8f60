"""When a site is asked again."""

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.poller.pace import fresh_seconds_of, retry_seconds_of, wait_seconds

NOW = datetime(2026, 12, 10, 12, tzinfo=UTC)
SECONDS = st.floats(0, 100_000)


@pytest.mark.parametrize(
    ("control", "age", "seconds"),
    [
        ("max-age=120, public", "", 120),
        ("public, Max-Age = 120", "50", 70),
        ("max-age=120", "500", 0),
        ("max-age=120", "soon", 120),
        ("s-maxage=500", "", 0),
        ("no-cache, max-age=120", "", 0),
        ("max-age=31536000", "", 3600),
        ("max-age=-1", "", 0),
        ("", "", 0),
    ],
)
def test_a_page_is_good_for_as_long_as_its_site_says(control: str, age: str, seconds: float) -> None:
    """max-age counts, less what a cache has had of it, up to an hour; what can't be understood does not."""
    assert fresh_seconds_of(httpx.Headers({"Cache-Control": control, "Age": age})) == seconds


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30),
        ("999999999", 86_400),
        ("Thu, 10 Dec 2026 12:01:00 GMT", 60),
        ("Thu, 10 Dec 2026 11:00:00 GMT", 0),
        ("Thu, 10 Dec 2026 12:01:00 -0000", 60),
        ("soon", 0),
        ("", 0),
    ],
)
def test_a_site_is_left_alone_for_as_long_as_it_asks(said: str, seconds: float) -> None:
    """Retry-After in seconds or as a date is obeyed, up to a day."""
    assert retry_seconds_of(httpx.Headers({"Retry-After": said}), NOW) == seconds


@given(every=st.floats(1, 86_400), asked_for=SECONDS, failures=st.integers(0, 10_000), chance=st.floats(0, 1))
def test_nobody_is_asked_sooner_than_agreed_or_wished(
    every: float, asked_for: float, failures: int, chance: float
) -> None:
    """Neither the agreed interval nor the site's wish is undercut, failures never shorten it, and it is bounded."""
    waited = wait_seconds(every, asked_for, failures, chance)
    assert max(every, asked_for) <= waited <= 1.1 * max(every, asked_for, 3600) + 1
    assert waited <= wait_seconds(every, asked_for, failures + 1, chance)


def test_failures_double_the_wait() -> None:
    """After one failure the wait is twice the interval, after three eight times."""
    assert [wait_seconds(60, 0, failures, 0) for failures in (0, 1, 3, 9)] == [60, 120, 480, 3600]
