"""What every test shares: the array libraries at hand, and steady Hypothesis settings."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.libraries import LIBRARIES, Library

settings.register_profile(
    "fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


@pytest.fixture(params=LIBRARIES, ids=str)
def library(request: pytest.FixtureRequest) -> Library:
    """Each array library that can run here."""
    return request.param
