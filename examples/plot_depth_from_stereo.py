"""
Depth from a stereo pair
========================

Two cameras side by side see a near thing at two places, a far thing at nearly one. Semi-global matching finds how far
every pixel moves, to a fraction of one, and says nothing (NaN, black here) where the right camera cannot see what the
left one sees. Disparity, focal length and baseline make depth; the pixels become points of space, seen here from above.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import geometry, viz

left, right, truth = skimage.data.stereo_motorcycle()
focal, baseline, offset = 994.978, 0.193001, 31.086  # of Middlebury's calibration, in pixels, metres and pixels

disparity = geometry.disparity(left, right, max_disparity=64)
blocks = geometry.disparity(left, right, max_disparity=64, method="block", window=11)
depth = geometry.disparity_to_depth(disparity, focal, baseline, offset=offset)

height, width = disparity.shape
Q = np.array([[1, 0, 0, -width / 2], [0, 1, 0, -height / 2], [0, 0, 0, focal], [0, 0, 1 / baseline, offset / baseline]])
points = geometry.reproject(disparity, Q)

known = np.isfinite(truth)
figure, panels = plt.subplots(2, 3, figsize=(14, 6.5), layout="constrained")
pictures = {"left": left, "right": right, "truth": viz.colorize(np.where(known, truth, np.nan), low=0, high=60)}
for name, found in (("semi-global", disparity), ("blocks of 11", blocks)):
    bad = np.abs(found - truth)[known & np.isfinite(found)] > 2
    title = f"{name}: {np.isfinite(found).mean():.0%} known, {bad.mean():.1%} of them off by over 2"
    pictures[title] = viz.colorize(found, low=0, high=60)
for panel, (title, picture) in zip(panels.flat, pictures.items(), strict=False):
    panel.imshow(picture, interpolation="none")
    panel.set_title(title, fontsize=10)
    panel.axis("off")

above = points[200:420:3, ::3].reshape(-1, 3)
colors = left[200:420:3, ::3].reshape(-1, 3) / 255
panels[1, 2].scatter(above[:, 0], above[:, 2], s=0.3, c=colors)
panels[1, 2].set(title=f"from above; middle depth {np.nanmedian(depth):.2f} m", xlabel="X, m", ylabel="Z, m")
panels[1, 2].set_aspect("equal")
plt.show()
