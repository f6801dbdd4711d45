"""Quantiles of the lengths that are not zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc._dispatch import reference_only
from imgproc.primitives.quantile import nonzero_quantiles

QUANTILES = (0.0, 0.37, 0.9, 1.0)
signed = st.floats(-9, 9, width=32) | st.sampled_from([0.0, -0.0, 1e-40, 3e38, np.nan, np.inf, -np.inf])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_a_sample_and_a_look_about_it_find_what_sorting_finds(dtype, data):
    shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)
    strength = data.draw(hnp.arrays(np.float32, shapes, elements=signed)).astype(dtype)
    found = nonzero_quantiles(strength, QUANTILES, (0, 1))
    with reference_only():
        np.testing.assert_array_equal(found, nonzero_quantiles(strength, QUANTILES, (0, 1)))


@pytest.mark.parametrize("shape", [(300, 517), (700, 1200), (3, 300000), (300000, 3)])
@pytest.mark.parametrize("digits", [1, 9])
def test_bands_of_a_large_plane_are_counted_together(shape, digits):
    strength = np.random.default_rng(0).normal(size=shape).astype(np.float32).round(digits)
    check_large(strength)


@pytest.mark.parametrize("step", [1, 2, 3, 9])
def test_a_misleading_sample_costs_time_alone(step):
    strength = np.linspace(1, 2, 600 * 600, dtype=np.float32).reshape(600, 600)
    strength[step // 2 :: step, step // 2 :: step] *= -1e-3
    check_large(strength)
    check_large(np.where(strength < 0, np.float32(0), strength))
    check_large(np.where(strength < 0, np.float32(np.nan), strength))


def check_large(strength):
    found = np.ravel(nonzero_quantiles(strength, QUANTILES, (0, 1)))
    lengths = np.abs(strength[(strength != 0) & np.isfinite(strength)]).astype(np.float64)
    np.testing.assert_array_equal(found, np.quantile(lengths, QUANTILES).astype(np.float32) if lengths.size else np.inf)
