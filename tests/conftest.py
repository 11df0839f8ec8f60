"""How properties are tested: never by the clock, and in CI with the same examples each time."""

import os

from hypothesis import settings

settings.register_profile("tally", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("tally")
