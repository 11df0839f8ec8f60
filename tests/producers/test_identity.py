"""Ids that a repeated delivery repeats, and pseudonyms that do not show whose they are."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.identity import delivery_id_of, pseudonym_of, submission_id_of
from schemas.identity import report_id_of

KEY = b"k" * 32
fuzz = settings(suppress_health_check=[HealthCheck.too_slow])  # the first text drawn builds tables of Unicode


def test_a_pseudonym_is_of_the_person_not_of_the_spelling() -> None:
    """Case and white space of an address do not matter, its key does, and the address can't be seen in it."""
    one = pseudonym_of(" Writer@Example.org ", KEY)
    assert one == pseudonym_of("writer@example.org", KEY)
    assert one != pseudonym_of("writer@example.org", b"x" * 32)
    assert "writer" not in one


@pytest.mark.parametrize("address", ["", "a", "@example.org", "a@localhost", "a b@c d.org", "a@b..org", "a@\ud800.org"])
def test_what_is_no_address_is_said_without_repeating_it(address: str) -> None:
    """An address that can't be one is a ValueError whose text does not hold it."""
    with pytest.raises(ValueError, match="expected an e-mail address") as error:
        pseudonym_of(address, KEY)
    assert not address or address not in str(error.value).removeprefix("expected an e-mail address")


def test_a_domain_has_one_pseudonym_in_both_spellings() -> None:
    """A domain in its own script and in its ASCII form is the same one, and the pseudonym is a version 8 UUID."""
    one = UUID(pseudonym_of("writer@bücher.example", KEY))
    assert one == UUID(pseudonym_of("writer@xn--bcher-kva.example", KEY))
    assert (one.version, one.variant) == (8, RFC_4122)


@fuzz
@given(st.text())
def test_a_key_is_taken_as_it_is_or_refused(key: str) -> None:
    """An Idempotency-Key is itself, less white space around it, or a ValueError; only without one is an id made up."""
    try:
        taken = submission_id_of(key)
    except ValueError:
        return
    assert taken == key.strip() or (not key.strip() and UUID(taken))


def test_ids_never_change() -> None:
    """The ids that a delivery got last year are those that it gets today: else redeliveries would count again."""
    assert report_id_of("reports", "reports", "a key", 0) == "ed7d5174-7199-5416-968a-ed5acbe754ec"
    assert report_id_of("reports", "reports", "a key", 1) == "0e7cf37c-4d0e-5a6a-99e4-e3790accdba8"
    assert delivery_id_of("reports", "a key") == "da047fc7-b75a-5b21-a0fe-2248198393c9"
    assert pseudonym_of("writer@example.org", KEY) == "97f82fdc-7018-84bd-a0e1-1d86a047cd99"
