"""Every channel's samples: what was sent, beside what is read in it.

`make test ARGS="--rewrite-samples tests/producers/channels"` writes the expected files anew; read the difference
before committing it.
"""

import importlib
import inspect
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import producers.channels
from producers.channels.known import CHANNELS
from producers.channels.reading import Delivery, Draft, Ignored, Reading, Refused
from producers.channels.source import Source
from tests.producers.channels.media import media_type_of

FOLDER = Path(producers.channels.__path__[0])
SAMPLES = [
    pytest.param(name, sample, id=f"{name}/{sample.name}")
    for name in CHANNELS
    for sample in sorted((FOLDER / name.replace("-", "_") / "samples").iterdir())
    if sample.suffix != ".toml" and not sample.name.endswith(".expected.json")
]


RECEIVED_AT = 1_796_900_000_000
"""On December 10th 2026."""


def delivery_of(sample: Path) -> Delivery:
    return Delivery(sample.read_bytes(), {"content-type": media_type_of(sample.name)}, RECEIVED_AT)


def source_of(name: str) -> Source:
    file = FOLDER / name.replace("-", "_") / "samples" / "source.toml"
    return Source.model_validate(tomllib.loads(file.read_text()))


def as_data(reading: Reading) -> dict[str, Any]:
    if isinstance(reading, Draft):
        personal = {"email": reading.email, "contact": reading.contact}
        told = reading.model_dump(mode="json", exclude_defaults=True) | {k: v for k, v in personal.items() if v}
        return {"draft": told}
    return {type(reading).__name__.lower(): list(reading)}


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_a_sample_is_read_as_expected(name: str, sample: Path, pytestconfig: pytest.Config) -> None:
    """What stands beside a sample is what its channel reads in it."""
    readings = CHANNELS[name].read(delivery_of(sample), source_of(name))
    found = [as_data(reading) for reading in readings]
    expected = sample.with_name(sample.name + ".expected.json")
    if pytestconfig.getoption("rewrite_samples"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(expected.read_text())


@pytest.mark.parametrize("name", CHANNELS)
def test_every_field_that_is_read_is_documented(name: str) -> None:
    """Each key that a channel's models read stands in backticks in the README beside them."""
    folder = name.replace("-", "_")
    reader = importlib.import_module(f"producers.channels.{folder}.read")
    models = [
        model
        for _, model in inspect.getmembers(reader, inspect.isclass)
        if issubclass(model, BaseModel) and model.__module__ == reader.__name__
    ]
    read = {str(field.validation_alias or field.alias or key) for m in models for key, field in m.model_fields.items()}
    readme = (FOLDER / folder / "README.md").read_text()
    assert [key for key in sorted(read) if f"`{key}`" not in readme] == []


@pytest.mark.parametrize("name", CHANNELS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_delivery_gets_an_answer(name: str, data: st.DataObject) -> None:
    """Random bytes, and samples with a part cut out or put elsewhere, are answered and never raise."""
    bodies = [sample.values[1].read_bytes() for sample in SAMPLES if sample.values[0] == name]
    body = data.draw(st.binary(max_size=200) | st.sampled_from(bodies))
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    mixed = body[:start] + body[end:] + data.draw(st.sampled_from([b"", body[start:end], b"\x00", b"}", b"[" * 2000]))
    readings = CHANNELS[name].read(Delivery(mixed, {}, RECEIVED_AT), source_of(name))
    assert readings
    assert all(isinstance(reading, Reading) for reading in readings)


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_shows_what_it_counts_and_what_not(name: str) -> None:
    """A channel's samples hold at least one draft and one refusal or delivery that is ignored."""
    found = [
        reading
        for sample in SAMPLES
        if sample.values[0] == name
        for reading in CHANNELS[name].read(delivery_of(sample.values[1]), source_of(name))
    ]
    assert any(isinstance(reading, Draft) for reading in found)
    assert any(isinstance(reading, Refused | Ignored) for reading in found)
