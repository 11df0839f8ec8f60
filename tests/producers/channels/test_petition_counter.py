"""A petition's counter, polled again and again."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from producers.channels.petition_counter.read import newest
from producers.channels.reading import Draft, Refused

_COUNTS = st.dictionaries(st.sampled_from(["GB", "FR", "PL", "YE", "ZZ", "QQ"]), st.integers(0, 1_000_000))


def _page(total: int, countries: dict[str, int]) -> bytes:
    listed = [{"name": code, "code": code, "signature_count": count} for code, count in countries.items()]
    attributes = {"signature_count": total, "signatures_by_country": listed}
    return orjson.dumps({"data": {"id": 700001, "attributes": attributes}})


def _counts(page: bytes, polled_at: int = 1, named_before: tuple[str, ...] = ()) -> dict[str | None, int]:
    found = newest(page, polled_at, named_before)
    return {reading.country: reading.letters for reading in found if isinstance(reading, Draft)}


@given(total=st.integers(0, 3_000_000), countries=_COUNTS)
def test_countries_sum_to_the_total_or_are_ahead_of_it(total: int, countries: dict[str, int]) -> None:
    """With what belongs to no country, the drafts sum to the total, or to the countries where those are ahead."""
    assert sum(_counts(_page(total, countries)).values()) == max(total, sum(countries.values()))


def test_what_no_country_has_belongs_to_none() -> None:
    """The rest of the total is a report of its own; it is zero, never less, where the countries are ahead."""
    assert _counts(_page(1068, {"GB": 850, "FR": 12})) == {"ZZ": 206, "GB": 850, "FR": 12}
    assert _counts(_page(850, {"GB": 850, "FR": 12})) == {"ZZ": 0, "GB": 850, "FR": 12}


def test_a_counter_may_fall() -> None:
    """A lower value is a newer revision of the same report."""
    high, low = newest(_page(850_000, {"GB": 850_000}), 1), newest(_page(774_831, {"GB": 774_831}), 2)
    of_gb = [r for r in (*high, *low) if isinstance(r, Draft) and r.country == "GB"]
    assert [(r.submission, r.line, r.revision, r.letters) for r in of_gb] == [
        ("700001", "GB", 1, 850_000),
        ("700001", "GB", 2, 774_831),
    ]


def test_a_country_that_is_gone_has_none() -> None:
    """A country that an earlier page named counts zero when the page leaves it out, and its letters belong to none."""
    assert _counts(_page(862, {"GB": 850}), named_before=("GB", "FR")) == {"GB": 850, "FR": 0, "ZZ": 12}


def test_a_country_that_can_not_be_read_is_not_counted_as_none() -> None:
    """Its report keeps the last value, and so does that of no country: nothing of it is counted twice."""
    page = orjson.loads(_page(862, {"GB": 850, "FR": 12}))
    del page["data"]["attributes"]["signatures_by_country"][1]["signature_count"]
    readings = newest(orjson.dumps(page), 1)
    assert [(r.country, r.letters) for r in readings if isinstance(r, Draft)] == [("GB", 850)]
    (refusal,) = [r for r in readings if isinstance(r, Refused)]
    assert refusal.field == "data.attributes.signatures_by_country.1.signature_count"
