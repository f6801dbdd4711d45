"""Pipelines between the libraries at hand: results come back, whatever a step has asked for."""

import numpy as np
import pytest

from imgproc import arrays, color, edges, filters
from imgproc.pipeline import Pipeline, step
from tests.libraries import LIBRARIES, Library

KINDS = [library for library in LIBRARIES if str(library) != "strict"]
IMAGE = filters.gaussian(np.random.default_rng(0).integers(0, 256, (20, 24, 3), np.uint8), 1)


@pytest.mark.parametrize("library", KINDS, ids=str)
@pytest.mark.parametrize("on", [None, *map(str, KINDS)])
def test_results_are_of_the_library_of_the_caller_and_the_same_for_all(library: Library, on):
    pipe = Pipeline([("blur", step(filters.gaussian, sigma=1, on=on)), ("gray", color.rgb_to_gray)])
    there = pipe.explain(library.make(IMAGE))
    assert [seen.kind for seen in there] == [on or str(library), str(library)]
    assert there[0].shape == ((3, 20, 24) if (on or str(library)) == "torch" else (20, 24, 3))
    np.testing.assert_array_equal(
        library.back(pipe(library.make(IMAGE))), color.rgb_to_gray(filters.gaussian(IMAGE, 1))
    )


@pytest.mark.parametrize("library", KINDS, ids=str)
@pytest.mark.parametrize("on", list(map(str, KINDS)))
def test_each_array_of_a_tuple_comes_back(library: Library, on):
    made = Pipeline([("slopes", step(edges.sobel, on=on))])(library.make(IMAGE))
    assert type(made) is tuple
    assert [arrays.kind(part) for part in made] == [str(library)] * 2
    assert [library.back(part).shape for part in made] == [IMAGE.shape] * 2
