"""
Stitching a panorama
====================

Two cameras at one place look to either side. Whatever they see, a homography takes one picture to the other: keypoints
found in both are matched, and RANSAC finds the homography that most matches agree on. Here both views are made from
one photo, so that the true matrix is known; the right one is darker, and both have noise of their own.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import arrays, features, geometry

photo = arrays.to_float(skimage.data.stereo_motorcycle()[0])
size = (440, 440)
looks = {
    "left": np.array([[0.9, 0.04, 0.0], [-0.04, 1.0, 0.0], [-3e-4, 0.0, 1.0]]),
    "right": np.array([[1.1, -0.05, -310.0], [0.05, 1.05, -40.0], [3e-4, 0.0, 0.9]]),
}
rng = np.random.default_rng(0)


def take_picture(look, exposure):
    view = exposure * geometry.warp(photo, look, size=size, border="edge") + rng.normal(0, 0.01, (*size, 3))
    return np.clip(255 * view, 0, 255).astype(np.uint8)


left, right = take_picture(looks["left"], 1.0), take_picture(looks["right"], 0.75)

found_left, found_right = features.detect(left), features.detect(right)
pairs = features.match(found_right, found_left)
source, target = found_right.points[pairs[:, 0]], found_left.points[pairs[:, 1]]
matrix, inliers = geometry.ransac_transform("projective", source, target)

truth = geometry.compose(np.linalg.inv(looks["right"]), looks["left"])
height, width = size
corners = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]])
errors = np.linalg.norm(geometry.transform_points(matrix, corners) - geometry.transform_points(truth, corners), axis=1)

# a canvas that holds both, the left view where it is
reach = geometry.transform_points(matrix, corners)
low = np.floor(np.minimum(reach.min(axis=0), 0))
high = np.ceil(np.maximum(reach.max(axis=0), (width - 1, height - 1)))
shift = geometry.translation(*-low)
canvas = tuple(int(extent) + 1 for extent in (high - low)[::-1])


def lay(view, look):
    """Return a view on the canvas, and how far inside it every pixel is."""
    inset = np.minimum.outer(*(np.minimum(np.arange(n), np.arange(n)[::-1]) + 1 for n in size)).astype(np.float32)
    return geometry.warp(arrays.to_float(view), look, size=canvas), geometry.warp(inset, look, size=canvas)[..., None]


(first, near_first), (second, near_second) = lay(left, shift), lay(right, geometry.compose(matrix, shift))
shared = (near_first > 20) & (near_second > 20)
gain = first[shared[..., 0]].mean() / second[shared[..., 0]].mean()
panorama = (near_first * first + near_second * gain * second) / np.maximum(near_first + near_second, 1e-9)

figure, panels = plt.subplot_mosaic([["left", "right"], ["both", "both"]], figsize=(9, 9), layout="constrained")
panels["left"].imshow(left)
panels["right"].imshow(right)
panels["both"].imshow(np.clip(panorama, 0, 1))
panels["left"].set_title("left view")
panels["right"].set_title(f"right view: {len(pairs)} matches, of which {int(inliers.sum())} agree")
panels["both"].set_title(f"corners within {errors.max():.2f} pixels; right view made {gain:.2f} times brighter")
panels["left"].scatter(*target[inliers].T, s=4, color="tab:orange")
panels["right"].scatter(*source[inliers].T, s=4, color="tab:orange")
for panel in panels.values():
    panel.axis("off")
plt.show()
