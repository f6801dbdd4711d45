"""The cosine transform, and what compression by it costs."""

import cv2
import numpy as np
import pytest
import scipy.fft
import skimage.data
from hypothesis import given
from hypothesis import strategies as st

from imgproc import fourier
from imgproc._dispatch import reference_only
from imgproc.fourier.compress_dct import jpeg_table, zigzag
from imgproc.testing import images

pictures = images(dtype="float64", low=0.0, high=1.0)
bytes_ = images(dtype="uint8", layouts=["HW"])

WORKED_BLOCK = np.array([
    [52, 55, 61, 66, 70, 61, 64, 73],
    [63, 59, 55, 90, 109, 85, 69, 72],
    [62, 59, 68, 113, 144, 104, 66, 73],
    [63, 58, 71, 122, 154, 106, 70, 69],
    [67, 61, 68, 104, 126, 88, 68, 70],
    [79, 65, 60, 70, 77, 68, 58, 75],
    [85, 71, 64, 59, 55, 61, 65, 83],
    [87, 79, 69, 68, 65, 76, 78, 94],
])  # fmt: skip
"""The block of many a text on JPEG, with the quantised coefficients below."""

QUANTISED = np.array([
    [-26, -3, -6, 2, 2, -1, 0, 0],
    [0, -2, -4, 1, 1, 0, 0, 0],
    [-3, 1, 5, -1, -1, 0, 0, 0],
    [-3, 1, 2, -1, 0, 0, 0, 0],
    [1, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0],
])  # fmt: skip


@given(image=pictures)
def test_inverse_of_the_cosine_transform_is_the_image_and_energy_is_kept(image):
    coefficients = fourier.dct2(image)
    np.testing.assert_allclose(fourier.idct2(coefficients), image, rtol=0, atol=1e-13)
    np.testing.assert_allclose((coefficients**2).sum(), (image**2).sum(), rtol=1e-12, atol=1e-13)


@given(image=pictures)
def test_transforms_are_scipys_in_the_reference_body_too(image):
    axes = (0, 1) if image.ndim < 4 else (1, 2)
    for ours, theirs in ((fourier.dct2, scipy.fft.dctn), (fourier.idct2, scipy.fft.idctn)):
        wanted = theirs(image, axes=axes, norm="ortho")
        np.testing.assert_allclose(ours(image), wanted, rtol=0, atol=1e-12)
        with reference_only():
            np.testing.assert_allclose(ours(image), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [(2, 2), (6, 10), (64, 48), (9, 14), (65, 63)])
def test_float32_of_even_and_odd_sides_is_that_of_float64(size):
    image = np.random.default_rng(0).random(size).astype(np.float32)
    for ours in (fourier.dct2, fourier.idct2):
        wanted = ours(image.astype(np.float64))
        # sums of up to 4095 values below 1, in trees: some 2e-7 of the greatest
        np.testing.assert_allclose(ours(image), wanted, rtol=0, atol=2e-7 * np.abs(wanted).max())


def test_worked_block_of_jpeg_gives_its_table():
    coefficients = fourier.dct2(WORKED_BLOCK.astype(float) - 128)
    assert coefficients[0, 0] == pytest.approx(-415.375)
    assert coefficients[0, 1] == pytest.approx(-30.19, abs=0.005)
    np.testing.assert_array_equal(np.round(coefficients / jpeg_table(50)), QUANTISED)


def test_compressing_the_worked_block_gives_the_table_back():
    made, bits = fourier.compress_dct(WORKED_BLOCK.astype(np.uint8), quality=50)
    again = np.round(fourier.dct2(made.astype(float) - 128) / jpeg_table(50))
    np.testing.assert_array_equal(again, QUANTISED)
    assert 90 < bits < 400  # some 93 bits with the standard's tables; ours brings its own 18 symbols


def test_zigzag_is_the_order_of_the_standard():
    assert zigzag(8)[:10].tolist() == [0, 1, 8, 16, 9, 2, 3, 10, 17, 24]
    assert sorted(zigzag(8)) == list(range(64))


@given(image=bytes_)
def test_keeping_everything_changes_nothing(image):
    made, _ = fourier.compress_dct(image, keep=1.0)
    np.testing.assert_array_equal(made, image)


@given(image=bytes_, block=st.integers(2, 16), keep=st.floats(0.01, 1))
def test_what_is_dropped_is_the_energy_of_the_smallest_coefficients(image, block, keep):
    side = [-(-n // block) * block for n in image.shape]
    wide = np.pad(image, [(0, s - n) for s, n in zip(side, image.shape, strict=True)], "symmetric").astype(float)
    made, _ = fourier.compress_dct(wide, keep=keep, block=block, data_range=(0, 255))
    blocks = (wide - 128).reshape(side[0] // block, block, side[1] // block, block).swapaxes(1, 2)
    energy = np.sort(scipy.fft.dctn(blocks, axes=(2, 3), norm="ortho").ravel() ** 2)
    dropped = energy[: energy.size - max(1, round(keep * energy.size))].sum()
    assert ((made - wide) ** 2).sum() <= dropped + 1e-6


def test_better_quality_means_more_bits_and_less_error():
    photo = skimage.data.camera()
    made = [fourier.compress_dct(photo, quality=q) for q in (5, 20, 50, 80, 95)]
    bits = [float(b) for _, b in made]
    errors = [((m.astype(float) - photo) ** 2).mean() for m, _ in made]
    assert bits == sorted(bits)
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("quality", [10, 25, 50, 75, 90, 95])
@pytest.mark.parametrize("name", ["camera", "coins", "page"])
def test_bits_are_those_of_a_jpeg_file_to_six_percent(name, quality):
    # libjpeg's own tables, optimised; its fixed headers are some 2,000 bits
    photo = getattr(skimage.data, name)()
    _, bits = fourier.compress_dct(photo, quality=quality)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    size = 8 * len(cv2.imencode(".jpg", photo, options)[1]) - 2000
    assert float(bits) == pytest.approx(size, rel=0.06)


@pytest.mark.parametrize("quality", [10, 25, 50, 75, 95])
def test_compressed_photo_is_as_near_to_the_photo_as_that_of_libjpeg(quality):
    photo = skimage.data.camera()
    made, _ = fourier.compress_dct(photo, quality=quality)
    file = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    theirs = cv2.imdecode(file, cv2.IMREAD_GRAYSCALE)
    ours, wanted = (10 * np.log10(255**2 / ((x.astype(float) - photo) ** 2).mean()) for x in (made, theirs))
    assert ours == pytest.approx(wanted, abs=0.1)  # decibels: its integer transform rounds here and there another way
