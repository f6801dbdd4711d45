"""match_template: the correlation coefficient of every window."""

import cv2
import numpy as np
import pytest
import skimage.feature
from hypothesis import given
from hypothesis import strategies as st

from imgproc._dispatch import reference_only
from imgproc.features import match_template
from imgproc.primitives import _bands


def by_definition(image, template):
    """Window by window in float64."""
    image, template = (x.astype(np.float64).reshape(*x.shape[:2], -1) for x in (image, template))
    t = template - template.mean(axis=(0, 1))
    height, width = t.shape[:2]
    made = np.zeros((image.shape[0] - height + 1, image.shape[1] - width + 1))
    for y, x in np.ndindex(made.shape):
        window = image[y : y + height, x : x + width]
        w = window - window.mean(axis=(0, 1))
        power = (w * w).sum() * (t * t).sum()
        made[y, x] = (w * t).sum() / np.sqrt(power) if power > 0 else 0
    return made


@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "float32", "float64"])
@pytest.mark.parametrize(
    ("shape", "size"), [((1, 1), (1, 1)), ((12, 9), (12, 9)), ((20, 31), (5, 8)), ((19, 23, 3), (4, 1, 3))], ids=str
)
def test_every_place_has_the_coefficient_of_its_window(dtype, shape, size):
    rng = np.random.default_rng(0)
    image, template = (
        (x > 0.5) if dtype == "bool" else (x * 250).astype(dtype) for x in (rng.random(shape), rng.random(size))
    )
    wanted = by_definition(image, template)
    # sums in float64; the result rounded to the work dtype
    tolerance = 1e-12 if dtype == "float64" else 1e-7
    np.testing.assert_allclose(match_template(image, template), wanted, rtol=0, atol=tolerance)
    with reference_only():
        np.testing.assert_allclose(match_template(image, template), wanted, rtol=0, atol=tolerance)


@given(seed=st.integers(0, 1000), gain=st.floats(0.1, 10), offset=st.floats(-100, 100))
def test_brightness_and_contrast_of_either_do_not_matter(seed, gain, offset):
    rng = np.random.default_rng(seed)
    image, template = rng.random((14, 15)), rng.random((4, 5))
    wanted = match_template(image, template)
    np.testing.assert_allclose(match_template(image, gain * template + offset), wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(match_template(gain * image + offset, template), wanted, rtol=0, atol=1e-9)
    np.testing.assert_allclose(match_template(image, -template), -wanted, rtol=0, atol=1e-12)


@given(y=st.integers(0, 26), x=st.integers(0, 33), channels=st.sampled_from([1, 3]))
def test_a_piece_of_the_image_is_found_where_it_was_cut_out(y, x, channels):
    image = np.random.default_rng(0).integers(0, 256, (33, 42, channels), np.uint8)
    made = match_template(image, image[y : y + 7, x : x + 9])
    assert np.unravel_index(made.argmax(), made.shape) == (y, x)
    assert made.max() == pytest.approx(1, abs=1e-7)
    assert np.abs(made).max() <= 1


def test_flat_windows_and_flat_templates_give_exactly_0():
    rng = np.random.default_rng(0)
    for value in (0.1, 1e6 / 3, -7.0):
        image = rng.random((30, 30))
        image[5:20, 6:25] = value
        made = match_template(image, rng.random((4, 6)))
        assert (made[5:17, 6:20] == 0).all()
        assert (match_template(image, np.full((3, 5), value)) == 0).all()


def test_windows_of_low_contrast_beside_bright_ones_keep_their_digits():
    rng = np.random.default_rng(0)
    image = 1e-3 * rng.random((60, 60)) + 1
    image[:, 40:] += 1000 * rng.random((60, 20))
    wanted = by_definition(image[:, :40], image[10:18, 5:12])
    made = match_template(image, image[10:18, 5:12])[:, : wanted.shape[1]]
    # squares of 1e3 about the mean in windows of 1e-3: 1e-16 * 1e12
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-3)
    narrow = cv2.matchTemplate(image.astype(np.float32), image[10:18, 5:12].astype(np.float32), cv2.TM_CCOEFF_NORMED)
    assert np.abs(narrow[:, : wanted.shape[1]] - wanted).max() > 0.1


def test_a_nan_reaches_exactly_the_windows_that_hold_it(library):
    image = np.random.default_rng(0).random((20, 24)).astype(np.float32)
    template = image[2:5, 3:7].copy()
    image[9, 12] = np.nan
    made = library.back(match_template(library.make(image), library.make(template)))
    reached = np.zeros(made.shape, bool)
    reached[7:10, 9:13] = True
    np.testing.assert_array_equal(np.isnan(made), reached)
    template[1, 1] = np.nan
    assert np.isnan(library.back(match_template(library.make(image), library.make(template)))).all()


@pytest.mark.parametrize("size", [(3, 4), (40, 20), (300, 280)])
def test_reference_body_and_blocks_agree(monkeypatch, size):
    rng = np.random.default_rng(0)
    image, template = rng.random((310, 600)), rng.random(size)
    with reference_only():
        wanted = match_template(image, template)
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 5)
    np.testing.assert_allclose(match_template(image, template), wanted, rtol=0, atol=1e-12)


def test_a_worked_example():
    # windows (1, 2) and (2, 0) against (0, 1): rising gives 1, falling -1
    made = match_template(np.array([[1.0, 2.0, 0.0]]), np.array([[0.0, 1.0]]))
    np.testing.assert_allclose(made, [[1, -1]], rtol=0, atol=1e-15)


def test_opencv_and_scikit_image_agree():
    rng = np.random.default_rng(0)
    image, template = rng.random((50, 60, 3)).astype(np.float32), rng.random((8, 11, 3)).astype(np.float32)
    wanted = cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED)
    np.testing.assert_allclose(match_template(image, template), wanted, rtol=0, atol=1e-5)
    wanted = skimage.feature.match_template(image[..., 0].astype(float), template[..., 0].astype(float))
    np.testing.assert_allclose(match_template(image[..., 0], template[..., 0]), wanted, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [(6, 5), (5, 6, 3), (1, 5, 6, 1)], ids=str)
def test_templates_that_do_not_fit_are_refused(size):
    with pytest.raises(ValueError, match="template must"):
        match_template(np.zeros((5, 6)), np.zeros(size))
