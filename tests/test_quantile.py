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


@given(strength=hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40), elements=signed))
def test_upper_bits_and_a_look_into_one_bin_find_what_sorting_finds(strength):
    found = nonzero_quantiles(strength, QUANTILES, (0, 1))
    with reference_only():
        np.testing.assert_array_equal(found, nonzero_quantiles(strength, QUANTILES, (0, 1)))


@pytest.mark.parametrize("shape", [(300, 517), (700, 1200)])
def test_bands_of_a_large_plane_are_counted_together(shape):
    strength = np.random.default_rng(0).normal(size=shape).astype(np.float32).round(2)
    found = np.ravel(nonzero_quantiles(strength, QUANTILES, (0, 1)))
    lengths = np.abs(strength[strength != 0]).astype(np.float64)
    np.testing.assert_array_equal(found, np.quantile(lengths, QUANTILES).astype(np.float32))
