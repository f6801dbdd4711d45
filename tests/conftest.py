"""What every test shares: the array libraries at hand, and steady Hypothesis settings."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

IS_EMULATED = os.environ.get("IMGPROC_CUPY") == "emulated"
if IS_EMULATED:
    from cupy_on_cpu import cpucuda  # noqa: F401  before anything imports cupy, in every worker

from tests.libraries import LIBRARIES, Library  # noqa: E402

settings.register_profile(
    "fast", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_configure() -> None:
    """Refuse to pass for a test of CuPy where CuPy cannot run."""
    if "IMGPROC_CUPY" in os.environ and Library("cupy") not in LIBRARIES:
        pytest.exit("IMGPROC_CUPY is set, but CuPy finds no device", returncode=1)


def pytest_collection_finish() -> None:
    """Let garbage collection pass over the million objects that the tests themselves are: half a second each time."""
    gc.freeze()


def pytest_report_header() -> str:
    """Say what ran on what; an emulation is not a GPU."""
    label = " (CuPy emulated on the CPU)" if IS_EMULATED else ""
    return f"array libraries: {', '.join(map(str, LIBRARIES))}{label}"


@pytest.fixture(params=LIBRARIES, ids=str)
def library(request: pytest.FixtureRequest) -> Library:
    """Each array library that can run here."""
    return request.param
