"""Bad input gets the stated error before any work, in every function."""

import inspect
from typing import get_args

import numpy as np
import pytest

from imgproc import arrays
from tests.contracts.calls import call, function, operands, shapes_for
from tests.contracts.registry import EXAMPLES
from tests.libraries import LIBRARIES, Library

names = pytest.mark.parametrize("name", EXAMPLES)


def good(name: str) -> list[np.ndarray]:
    return operands(EXAMPLES[name], "float32", shapes_for(EXAMPLES[name])[0])


@names
@pytest.mark.parametrize("dtype", ["complex64", "object", "U4", "datetime64[s]", "longdouble"])
def test_dtypes_that_are_not_real_raise_type_error(name: str, dtype: str):
    pictures = good(name)
    if EXAMPLES[name].takes_complex and dtype == "complex64":
        return
    for i in range(len(pictures)):
        bad = [x if k != i else np.zeros(x.shape, dtype) for k, x in enumerate(pictures)]
        with pytest.raises(TypeError, match="must be"):
            call(name, bad)


@names
@pytest.mark.parametrize("value", [None, 3, "photo.png", [[1.0, 2.0]]], ids=str)
def test_what_is_no_array_raises_type_error_that_names_its_type(name: str, value: object):
    with pytest.raises(TypeError, match=f"got {type(value).__name__}"):
        call(name, [value, *good(name)[1:]])


@names
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("wrap", [np.ma.masked_array, np.asmatrix])
def test_masked_arrays_and_matrices_raise_type_error(name: str, wrap):
    with pytest.raises(TypeError, match="must be"):
        call(name, [wrap(np.zeros((3, 3))), *good(name)[1:]])


@names
@pytest.mark.parametrize("shape", [(), (5,), (1, 2, 3, 4, 5), (0, 4), (4, 0), (0, 4, 3), (0, 4, 4, 3)], ids=str)
def test_other_ranks_and_empty_images_raise_value_error_that_shows_the_shape(library: Library, name: str, shape):
    if name in ("edges.magnitude", "edges.direction") and 0 not in shape:
        return  # elementwise: any rank will do
    if EXAMPLES[name].axis and 0 not in shape and shape != ():
        return
    images = [library.make(np.zeros(shape, np.float32))] * len(good(name))
    with pytest.raises(ValueError, match=r"got (shape )?\("):
        call(name, images)


@names
def test_wrong_channels_raise_value_error(library: Library, name: str):
    kind = EXAMPLES[name].operands[0]
    shapes = {"rgb": [(4, 5), (4, 5, 4), (4, 5, 1)], "gray": [(4, 5, 3), (2, 4, 5, 3)], "mask": [(4, 5, 3)]}
    for shape in shapes.get(kind, []):
        if EXAMPLES[name].alpha and shape[-1] == 4:
            continue
        image = library.make(np.zeros(shape, bool if kind == "mask" else np.float32))
        with pytest.raises(ValueError, match="channel"):
            call(name, [image, *good(name)[1:]])


@names
def test_options_out_of_range_raise_value_error_that_shows_the_value(library: Library, name: str):
    for bad in EXAMPLES[name].bad:
        pictures = [library.make(x) for x in good(name)]
        with pytest.raises(ValueError, match=r"must .*got|must .*different"):
            call(name, pictures, **bad)


@names
def test_options_of_another_type_raise_type_error_or_value_error(name: str):
    options = set(EXAMPLES[name].options) | {key for bad in EXAMPLES[name].bad for key in bad}
    for key in options:
        for value in ("seven", None, 1j, object(), np.zeros(3), [[]]):
            if value is None and type(None) in get_args(inspect.signature(function(name)).parameters[key].annotation):
                continue
            if key == "alphas" and isinstance(value, np.ndarray):
                continue  # three weights, as it happens
            with pytest.raises((TypeError, ValueError), match="must"):
                call(name, good(name), **{key: value})


@names
def test_arrays_of_two_libraries_raise_type_error_naming_both(name: str):
    pytest.importorskip("torch")
    pictures = good(name)
    if len(pictures) < 2 or Library("torch") not in LIBRARIES:
        return
    with pytest.raises(TypeError, match=r"torch\.Tensor and numpy\.ndarray"):
        call(name, [pictures[0], arrays.to_torch(pictures[1]), *pictures[2:]])


@names
def test_arrays_of_two_shapes_raise_value_error(library: Library, name: str):
    if len(EXAMPLES[name].operands) < 2:
        return
    images = [library.make(np.zeros(shape, np.float32)) for shape in [(4, 5), (5, 4)]]
    with pytest.raises(ValueError, match="shape"):
        call(name, images + [library.make(x) for x in good(name)[2:]])


@names
def test_batches_raise_value_error_where_each_image_has_its_own_number_of_results(name: str):
    if EXAMPLES[name].shape != "ragged":
        return
    batches = [np.zeros((2, *x.shape[:2], 1), x.dtype) for x in good(name)]
    with pytest.raises(ValueError, match=r"one image.*got shape \("):
        call(name, batches)


@names
def test_device_arrays_raise_type_error_that_names_the_way_down_where_the_host_does_the_work(name: str):
    if not EXAMPLES[name].host_only or Library("cupy") not in LIBRARIES:
        return
    with pytest.raises(TypeError, match="to_numpy"):
        call(name, [Library("cupy").make(x) for x in good(name)])
