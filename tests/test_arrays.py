"""The conversions: nothing lost, nothing shared that must not be, nothing guessed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from imgproc import arrays

torch = pytest.importorskip("torch")
PIL_Image = pytest.importorskip("PIL.Image")

SHAPES = st.one_of(*(hnp.array_shapes(min_dims=n, max_dims=n, min_side=1, max_side=5) for n in (2, 3, 4)))
DTYPES = (
    "bool",
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "uint64",
    "int64",
    "float16",
    "float32",
    "float64",
)


@given(image=st.sampled_from(DTYPES).flatmap(lambda dtype: hnp.arrays(dtype, SHAPES)))
def test_to_torch_and_back_keeps_every_bit_of_every_dtype(image):
    tensor = arrays.to_torch(image)
    assert tensor.ndim == image.ndim
    back = arrays.to_numpy(tensor)
    assert back.dtype == image.dtype
    np.testing.assert_array_equal(back, image)


@given(image=hnp.arrays(np.uint8, SHAPES))
def test_uint8_survives_the_round_trip_through_every_float(image):
    for dtype in ("float16", "float32", "float64"):
        np.testing.assert_array_equal(arrays.to_uint8(arrays.to_float(image, dtype)), image)


def test_every_uint16_survives_the_round_trip_through_float32_and_float64():
    every = np.arange(1 << 16, dtype=np.uint16).reshape(256, 256)
    for dtype in ("float32", "float64"):
        np.testing.assert_array_equal(arrays.to_uint16(arrays.to_float(every, dtype)), every)
    np.testing.assert_array_equal(arrays.to_uint16(arrays.to_float(arrays.to_torch(every))).numpy(), every)


def test_uint8_goes_to_uint16_and_back_exactly():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    wide = arrays.to_uint16(every)
    assert wide[0, 1] == 257
    np.testing.assert_array_equal(arrays.to_uint8(wide), every)


@given(image=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6)))
def test_to_image_undoes_to_tensor(image):
    channels = image.shape[2]
    statistics = {"mean": [0.4] * channels, "std": [0.2] * channels}
    batch = arrays.to_tensor(image, **statistics)
    assert batch.shape == (1, channels, *image.shape[:2])
    np.testing.assert_array_equal(arrays.to_image(batch, **statistics)[0], image)


def test_memory_is_shared_where_it_can_be():
    image = np.zeros((4, 5, 3), np.float32)
    tensor = arrays.to_torch(image)
    tensor[1, 2, 3] = 7
    assert image[2, 3, 1] == 7
    assert np.shares_memory(arrays.to_numpy(tensor), image)


def test_a_read_only_array_never_becomes_a_writable_tensor():
    image = np.zeros((4, 5), np.float32)
    image.flags.writeable = False
    tensor = arrays.to_torch(image)
    tensor += 1
    assert image.max() == 0


def test_negative_strides_and_foreign_byte_order_are_copied():
    image = np.arange(12, dtype=">u2").reshape(3, 4)[::-1]
    tensor = arrays.to_torch(image)
    np.testing.assert_array_equal(tensor.numpy(), image)


def test_bfloat16_becomes_float32_that_holds_it_exactly():
    tensor = torch.tensor([[1.0, 3.1415, 1e30]], dtype=torch.bfloat16)
    array = arrays.to_numpy(tensor)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(torch.from_numpy(array).bfloat16().view(torch.int16), tensor.view(torch.int16))


def test_a_tensor_that_requires_gradients_is_detached_and_not_changed():
    tensor = torch.ones(2, 2, requires_grad=True)
    assert arrays.to_numpy(tensor).tolist() == [[1, 1], [1, 1]]
    assert tensor.requires_grad


def test_like_follows_library_and_layout():
    image = np.zeros((4, 5, 3), np.uint8)
    assert arrays.like(image, torch.zeros(1)).shape == (3, 4, 5)
    assert arrays.like(torch.zeros(3, 4, 5), image).shape == (4, 5, 3)
    assert arrays.like(torch.zeros(3, 4, 5), image).dtype == np.float32


def test_gradients_flow_through_to_tensor_and_back_to_image():
    tensor = torch.rand(3, 4, 5, dtype=torch.float64, requires_grad=True)
    batch = arrays.to_tensor(tensor, size=(2, 2), mean=[0.5] * 3, std=[0.1] * 3)
    arrays.to_image(batch, dtype="float32", like=batch).sum().backward()
    assert torch.isfinite(tensor.grad).all()
    assert tensor.grad.abs().sum() > 0


def test_to_tensor_takes_lists_of_every_kind_of_image(tmp_path):
    gray = np.full((4, 5), 255, np.uint8)
    path = tmp_path / "gray.png"
    PIL_Image.fromarray(gray).save(path)
    rgb = np.full((4, 5, 3), 65535, np.uint16)
    batch = arrays.to_tensor([rgb, str(path), path, PIL_Image.fromarray(gray).convert("RGB"), torch.ones(3, 4, 5)])
    assert batch.shape == (5, 3, 4, 5)
    assert batch.dtype is torch.float32
    torch.testing.assert_close(batch, torch.ones_like(batch), rtol=0, atol=0)


def test_images_of_two_sizes_need_size():
    images = [np.zeros((4, 5, 3), np.uint8), np.zeros((5, 4, 3), np.uint8)]
    with pytest.raises(ValueError, match=r"one size \(or give size=\), got \[\(4, 5\), \(5, 4\)\]"):
        arrays.to_tensor(images)
    assert arrays.to_tensor(images, size=(2, 2)).shape == (2, 3, 2, 2)


def test_shrinking_does_not_alias():
    stripes = np.zeros((64, 64), np.float32)
    stripes[:, ::2] = 1
    small = arrays.to_tensor(stripes, size=(16, 16))
    torch.testing.assert_close(small[..., 2:-2], torch.full((1, 1, 16, 12), 0.5), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("bad", "error", "match"),
    [
        ([], ValueError, "at least one"),
        (7, TypeError, "got int"),
        ([np.zeros((2, 2)), None], TypeError, r"images\[1\]"),
        ([np.zeros((1, 2, 2, 3))], ValueError, "one image"),
        ([np.zeros((2, 2)), np.zeros((2, 2, 3))], ValueError, "channels"),
        (np.zeros((2, 2), np.int32), ValueError, "data_range must be given for int32"),
        (np.zeros((2, 2), complex), TypeError, "complex128"),
    ],
)
def test_what_is_no_image_is_refused(bad, error, match):
    with pytest.raises(error, match=match):
        arrays.to_tensor(bad)


@pytest.mark.parametrize(
    "options",
    [{"mean": [0.5]}, {"std": [1.0, 1.0, 0.0]}, {"mean": [0, 0, float("nan")]}, {"size": (0, 3)}, {"size": 3}],
)
def test_statistics_and_sizes_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match="must"):
        arrays.to_tensor(np.zeros((4, 4, 3)), **options)


def test_other_integers_need_a_range():
    image = np.array([[-100, 0, 100]], np.int16)
    with pytest.raises(ValueError, match="data_range must be given for int16"):
        arrays.to_uint8(image)
    assert arrays.to_uint8(image, data_range=(-100, 100)).tolist() == [[0, 128, 255]]
    assert arrays.to_float(image, data_range=(-100, 100)).tolist() == [[0.0, 0.5, 1.0]]


def test_out_of_range_values_saturate_and_nan_becomes_black():
    image = np.array([[-np.inf, -0.1, np.nan, 0.5, 1.1, np.inf]])
    assert arrays.to_uint8(image).tolist() == [[0, 0, 0, 128, 255, 255]]


@pytest.mark.parametrize(
    ("mode", "dtype", "shape"),
    [
        ("1", "bool", (2, 3)),
        ("L", "uint8", (2, 3)),
        ("LA", "uint8", (2, 3, 2)),
        ("RGB", "uint8", (2, 3, 3)),
        ("RGBA", "uint8", (2, 3, 4)),
        ("I;16", "uint16", (2, 3)),
        ("I", "int32", (2, 3)),
        ("F", "float32", (2, 3)),
    ],
)
def test_pil_modes_come_and_go_unchanged(mode, dtype, shape):
    image = PIL_Image.new(mode, (3, 2))
    pixels = arrays.from_pil(image)
    assert (pixels.dtype, pixels.shape) == (np.dtype(dtype), shape)
    assert arrays.to_pil(pixels).mode == mode
    np.testing.assert_array_equal(arrays.from_pil(arrays.to_pil(pixels)), pixels)


def test_a_palette_gives_the_colours_it_shows():
    image = PIL_Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert arrays.from_pil(image).tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_to_pil_refuses_what_pil_cannot_hold():
    with pytest.raises(TypeError, match="to_uint8"):
        arrays.to_pil(np.zeros((2, 2, 3), np.float32))
    with pytest.raises(ValueError, match="one image"):
        arrays.to_pil(np.zeros((1, 2, 2, 3), np.uint8))


def test_cupy_arrays_come_and_go_unchanged():
    pytest.importorskip("cupy")
    image = np.arange(24, dtype=np.uint16).reshape(2, 4, 3)
    np.testing.assert_array_equal(arrays.to_numpy(arrays.to_cupy(image)), image)
