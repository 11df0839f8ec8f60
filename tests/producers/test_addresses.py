"""One person, one spelling of an address, by the rules of its domain."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.addresses import canonical_address

fuzz = settings(suppress_health_check=[HealthCheck.too_slow])  # the first text drawn builds tables of Unicode
domains = st.sampled_from(
    ["gmail.com", "GoogleMail.com", "proton.me", "example.org", "BÜCHER.example", "straße.example"]
)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (" A.Writer+letters@Googlemail.com ", "awriter@gmail.com"),
        ("a.writer@gmail.com.", "awriter@gmail.com"),
        ("Writer+10@proton.me", "writer@proton.me"),
        ("first.last+tag@outlook.com", "first.last@outlook.com"),
        ("first.last+tag@example.org", "first.last+tag@example.org"),
        ("x@BÜCHER.example", "x@xn--bcher-kva.example"),
        ("x@straße.example", "x@xn--strae-oqa.example"),
        ("x@\uff25xample.org", "x@example.org"),
    ],
)
def test_a_domain_decides_what_its_addresses_ignore(typed: str, canonical: str) -> None:
    """Dots and tags are dropped only where the domain drops them; every domain is one, in whatever script."""
    assert canonical_address(typed) == canonical


@pytest.mark.parametrize("typed", ["+tag@gmail.com", "...@gmail.com", "a@-b.org", "a@b_c.org", f"a@{'b' * 64}.org"])
def test_what_is_left_must_be_an_address(typed: str) -> None:
    """An address of which nothing is left, or whose domain can't be one, is none."""
    with pytest.raises(ValueError, match="expected an e-mail address"):
        canonical_address(typed)


@fuzz
@given(st.text(), domains | st.text())
def test_what_is_canonical_stays_so(name: str, domain: str) -> None:
    """Canonical again, an address is the same; what is none is a ValueError and nothing else."""
    try:
        canonical = canonical_address(f"{name}@{domain}")
    except ValueError:
        return
    assert canonical_address(canonical) == canonical
