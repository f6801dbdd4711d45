"""The law of kind, dtype, layout and memory, for every public function on every library."""

import threading

import numpy as np
import pytest

from imgproc import arrays
from imgproc._dispatch import reference_only
from tests.contracts.calls import (
    DTYPES,
    assert_close,
    call,
    call_on,
    expected_dtype,
    expected_shape,
    operand,
    operands,
    shapes_for,
)
from tests.contracts.registry import EXAMPLES
from tests.libraries import LIBRARIES, Library

names = pytest.mark.parametrize("name", EXAMPLES)


@names
@pytest.mark.parametrize("dtype", DTYPES)
def test_result_has_the_kind_dtype_and_shape_the_law_says(library: Library, name: str, dtype: str):
    if not library.holds(dtype):
        return
    example = EXAMPLES[name]
    for shape in shapes_for(example):
        for part, result in enumerate(call_on(library, name, operands(example, dtype, shape))):
            assert example.shape == "ragged" or result.shape == expected_shape(example, shape, part)
            assert result.dtype == expected_dtype(example, dtype, part)


@names
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_library_gives_the_numbers_of_the_reference_body(library: Library, name: str, dtype: str):
    if not library.holds(dtype):
        return
    example = EXAMPLES[name]
    for shape in shapes_for(example):
        pictures = operands(example, dtype, shape)
        with reference_only():
            wanted = call(name, pictures)
        for got, reference in zip(call_on(library, name, pictures), wanted, strict=True):
            assert_close(got, reference, dtype, 255.0**example.degree * example.adds)


@names
@pytest.mark.parametrize("border", ["reflect", "symmetric", "edge", "wrap", "constant"])
def test_every_border_gives_the_numbers_of_the_reference_body(library: Library, name: str, border: str):
    example = EXAMPLES[name]
    if not any("border" in bad for bad in example.bad):
        return
    for shape in [(5, 3), (1, 1), (1, 9)]:  # kernels larger than the image too
        if example.operands[0] == "rgb":
            continue
        pictures = operands(example, "float32", shape)
        options = {"border": border, "fill": 31.0 if border == "constant" else 0.0}
        with reference_only():
            wanted = call(name, pictures, **options)
        for got, reference in zip(call_on(library, name, pictures, **options), wanted, strict=True):
            assert_close(got, reference, "float32", 255.0**example.degree * example.adds)


@names
def test_one_pixel_is_an_image(library: Library, name: str):
    example = EXAMPLES[name]
    shape = (example.least_side,) * 2 + ((3,) if example.operands[0] == "rgb" else ())
    for result in call_on(library, name, operands(example, "float32", shape)):
        # a lone True pixel may be infinitely far from a False one
        is_right = (
            ~np.isnan(result)
            if example.operands[0] == "mask"
            else np.isfinite(result if result.dtype.kind == "c" else result.astype(np.float64))
        )
        assert is_right.all()


@names
def test_batch_is_the_stack_of_its_images(library: Library, name: str):
    example = EXAMPLES[name]
    for shape in (s for s in shapes_for(example) if len(s) == 4):
        pictures = operands(example, "uint8", shape)
        together = call_on(library, name, pictures)
        alone = [call_on(library, name, [x[i] if x.ndim == 4 else x for x in pictures]) for i in range(shape[0])]
        for k, result in enumerate(together):
            for i in range(shape[0]):
                same = result[i].reshape(alone[i][k].shape)
                if example.by_transform:
                    assert_close(same, alone[i][k], "float32", 255.0 * example.adds)
                else:
                    np.testing.assert_array_equal(same, alone[i][k])


@names
def test_channels_do_not_mix_unless_channels_are_what_it_is_about(library: Library, name: str):
    example = EXAMPLES[name]
    if example.shape != "same" or example.operands[0] != "any" or example.mixes:
        return
    pictures = operands(example, "float32", (9, 8, 3))
    for k, result in enumerate(call_on(library, name, pictures)):
        for c in range(3):
            planes = [
                np.ascontiguousarray(x[..., c] if x.ndim > 2 and kind != "map" else x)
                for kind, x in zip(example.operands, pictures, strict=True)
            ]
            alone = call_on(library, name, planes)[k]
            assert_close(result[..., c], alone, "float32")


def strided_views(x: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays equal to `x` in odd memory."""
    wide = np.zeros((*x.shape, 2), x.dtype)
    wide[..., 0] = x
    frozen = x.copy()
    frozen.flags.writeable = False
    return {
        "flipped": np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1],
        "every other": wide[..., 0],
        "Fortran": np.asfortranarray(x),
        "read-only": frozen,
        "big-endian": x.astype(x.dtype.newbyteorder(">")),
    }


@names
@pytest.mark.parametrize("dtype", ["uint8", "float32", "int32"])
def test_any_strides_give_the_result_of_a_contiguous_copy_and_inputs_stay(name: str, dtype: str):
    example = EXAMPLES[name]
    for shape in shapes_for(example):
        pictures = operands(example, dtype, shape)
        wanted = call(name, pictures)
        views = [strided_views(x) for x in pictures]
        for how in views[0]:
            results = call(name, [view[how] for view in views])
            for got, reference in zip(results, wanted, strict=True):
                np.testing.assert_array_equal(got, reference, err_msg=how)
            for view, x in zip(views, pictures, strict=True):
                np.testing.assert_array_equal(view[how], x, err_msg=f"{how} input was written")


@names
def test_strided_tensors_give_the_result_of_contiguous_ones(name: str):
    torch = pytest.importorskip("torch")
    example = EXAMPLES[name]
    for shape in shapes_for(example):
        pictures = operands(example, "uint8", shape)
        wanted = call_on(Library("torch"), name, pictures)
        # channels-last memory, and every other element of a wider tensor
        for view in (
            lambda t: arrays.to_torch(np.ascontiguousarray(arrays.to_numpy(t))),
            lambda t: torch.stack((t, t.flip(-1)), dim=-1)[..., 0],
        ):
            tensors = [view(arrays.to_torch(x)) for x in pictures]
            for got, reference in zip(call(name, tensors), wanted, strict=True):
                np.testing.assert_array_equal(arrays.to_numpy(got), reference)


@names
@pytest.mark.parametrize("dtype", ["bool", "uint8", "float32", "float64"])
def test_writing_to_a_result_changes_no_input(name: str, dtype: str):
    example = EXAMPLES[name]
    for shape in shapes_for(example):
        pictures = operands(example, dtype, shape)
        for result in call(name, pictures):
            assert not any(np.shares_memory(result, x) for x in pictures)


@names
def test_eight_threads_give_the_serial_result(name: str):
    example = EXAMPLES[name]
    shape = (160, 220, 3) if example.operands[0] in ("rgb", "any") else (160, 220)
    jobs = [
        [operand(kind, "uint8", shape, seed + 10 * i) for seed, kind in enumerate(example.operands)] for i in range(8)
    ]
    serial = [call(name, job) for job in jobs]
    results: list = [None] * 8

    def work(i: int) -> None:
        results[i] = call(name, jobs[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for together, alone in zip(results, serial, strict=True):
        for got, wanted in zip(together, alone, strict=True):
            np.testing.assert_array_equal(got, wanted)


@names
def test_nan_reaches_exactly_its_window(library: Library, name: str):
    example = EXAMPLES[name]
    if example.reach is None:
        return
    shape = (*(21, 23), 3) if example.operands[0] == "rgb" else (21, 23)
    pictures = operands(example, "float32", shape)
    pictures[0][(10, 12, 1) if example.operands[0] == "rgb" else (10, 12)] = np.nan
    rows, columns = np.mgrid[:21, :23]
    window = (abs(rows - 10) <= example.reach[0]) & (abs(columns - 12) <= example.reach[1])
    for result in call_on(library, name, pictures):
        np.testing.assert_array_equal(np.isnan(result), window)


@names
def test_bfloat16_works_where_torch_has_it(name: str):
    torch = pytest.importorskip("torch")
    example = EXAMPLES[name]
    if Library("torch") not in LIBRARIES or example.operands[0] == "labels":
        return
    for shape in shapes_for(example):
        tensors = [arrays.to_torch(x) for x in operands(example, "float32", shape)]
        tensors = [t.bfloat16() if t.is_floating_point() else t for t in tensors]
        for part, result in enumerate(call(name, tensors)):
            kept = {"image": torch.bfloat16, "mask": torch.bool, "labels": torch.int32, "spectrum": torch.complex64}
            gives = example.parts[part][0] if example.parts else example.gives
            fixed = getattr(torch, example.fixed[part]) if part in example.fixed else None
            assert result.dtype is (fixed or kept.get(gives, torch.float32))
