"""How properties are tested: never by the clock, and in CI with the same examples each time."""

import os

import pytest
from hypothesis import settings

settings.register_profile("tally", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("tally")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-samples", action="store_true", help="write what is read of each sample")
