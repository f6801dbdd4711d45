"""optical_flow: known motion found again, in the sense first(x) = second(x + u)."""

import functools
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.registration import optical_flow_ilk

from imgproc import arrays, io
from imgproc._dispatch import reference_only
from imgproc.features import optical_flow
from imgproc.primitives import _bands

ROOT = Path(__file__).parents[1]
DATA = next((folder for folder in (ROOT / "shared/data", ROOT.parent / "shared/data") if folder.is_dir()), None)


@functools.cache
def texture():
    return skimage.data.astronaut()[80:240, 100:300, 1].astype(np.float64)


def read_at(image, flow):
    """Read an image at x + u by cubic splines."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return ndimage.map_coordinates(image, [y + flow[..., 1], x + flow[..., 0]], order=3, mode="mirror")


def smooth_flow(shape, greatest, scale, seed=0):
    noise = np.random.default_rng(seed).normal(size=(*shape, 2))
    flow = ndimage.gaussian_filter(noise, (scale, scale, 0))
    return flow / np.abs(flow).max() * greatest


def end_point_error(flow, truth, margin=12):
    inside = (slice(margin, -margin),) * 2
    return np.linalg.norm((flow - truth)[inside], axis=-1).mean()


@given(u=st.floats(-9, 9), v=st.floats(-9, 9))
def test_a_shift_is_found_to_some_hundredths_of_a_pixel(u, v):
    truth = np.broadcast_to([u, v], (*texture().shape, 2))
    flow = optical_flow(read_at(texture(), truth), texture())
    # reading between pixels linearly pulls fractions by some hundredths, scikit-image's by 0.02 as well
    assert np.abs(np.median(flow, axis=(0, 1)) - [u, v]).max() < 0.04
    assert end_point_error(flow, truth, 24) < 0.1


@pytest.mark.parametrize(("greatest", "scale", "allowed"), [(2, 20, 0.25), (6, 30, 0.45), (15, 50, 0.75)])
def test_smooth_motion_is_found_as_well_as_by_scikit_image(greatest, scale, allowed):
    truth = smooth_flow(texture().shape, greatest, scale)
    rng = np.random.default_rng(1)
    first, second = (x + rng.normal(0, 2, x.shape) for x in (read_at(texture(), truth), texture()))
    error = end_point_error(optical_flow(first, second), truth)
    v, u = optical_flow_ilk(first / 255, second / 255, radius=7)
    assert error < allowed
    assert error < 1.05 * end_point_error(np.stack((u, v), axis=-1), truth)


def test_equal_images_do_not_move_and_flat_ones_neither():
    assert np.abs(optical_flow(texture(), texture())).max() == 0
    assert np.abs(optical_flow(np.ones((40, 30)), np.full((40, 30), 7.0))).max() == 0


def test_transposing_both_images_transposes_the_flow_and_swaps_its_parts():
    first, second = read_at(texture(), smooth_flow(texture().shape, 3, 30)), texture()
    flow = optical_flow(first, second)
    turned = optical_flow(first.T, second.T)
    np.testing.assert_allclose(turned.transpose(1, 0, 2)[..., ::-1], flow, rtol=0, atol=1e-9)


def test_scale_and_offset_of_the_values_do_not_matter():
    first, second = read_at(texture(), smooth_flow(texture().shape, 3, 30)), texture()
    wanted = optical_flow(first, second)
    for gain, offset in ((1 / 255, 0.0), (1e-30, 0.0), (257.0, -1e4), (-1.0, 255.0)):
        flow = optical_flow(gain * first + offset, gain * second + offset)
        np.testing.assert_allclose(flow, wanted, rtol=0, atol=1e-6)


def test_more_steps_and_levels_reach_farther():
    truth = np.broadcast_to([12.0, 0.0], (*texture().shape, 2))
    first = read_at(texture(), truth)
    errors = [end_point_error(optical_flow(first, texture(), levels=n), truth, 24) for n in (1, 4)]
    assert errors[1] < 0.2 < errors[0]


def test_a_photo_in_colour_moves_as_its_gray_does():
    first, second = (skimage.data.astronaut()[i : i + 90, 100:200] for i in (80, 82))
    flow = optical_flow(first, second)
    assert flow.shape == (90, 100, 2)
    np.testing.assert_allclose(np.median(flow, axis=(0, 1)), [0, -2], atol=0.02)
    planes = optical_flow(arrays.to_torch(first), arrays.to_torch(second))
    np.testing.assert_allclose(arrays.to_numpy(planes), flow, rtol=0, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 70), (60, 50)])
def test_reference_body_and_bands_agree(monkeypatch, shape):
    rng = np.random.default_rng(0)
    first = ndimage.gaussian_filter(rng.random(shape), 1.5)
    second = ndimage.shift(first, (0.4, -0.7), mode="nearest")
    with reference_only():
        wanted = optical_flow(first, second, window=7)
    monkeypatch.setattr(_bands, "_SERIAL_BELOW", 1)
    monkeypatch.setattr(_bands, "thread_count", lambda: 5)
    np.testing.assert_allclose(optical_flow(first, second, window=7), wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(value):
    bad = np.zeros((20, 20))
    bad[3, 4] = value
    for pair in ((bad, np.zeros((20, 20))), (np.zeros((20, 20)), bad)):
        with pytest.raises(ValueError, match="must be finite"):
            optical_flow(*pair)


@pytest.mark.skipif(DATA is None, reason="the photos of ../shared/data are not here")
def test_a_real_pair_is_explained_as_well_as_by_scikit_image_and_opencv():
    first, second = (io.imread(DATA / f"flow/rubberwhale{i}.png", color="gray").astype(np.float64) for i in (1, 2))

    def unexplained(flow):
        return np.abs(read_at(second, flow) - first)[8:-8, 8:-8].mean()

    v, u = optical_flow_ilk(first / 255, second / 255, radius=7)
    farneback = cv2.calcOpticalFlowFarneback(
        first.astype(np.uint8), second.astype(np.uint8), None, 0.5, 5, 15, 10, 5, 1.2, 0
    )
    ours = unexplained(optical_flow(first, second))
    assert ours < unexplained(farneback)
    assert ours < 1.03 * unexplained(np.stack((u, v), axis=-1))
