"""
A document rectified by four points
===================================

A photo of a page is a homography of the page: four corners determine it. `estimate_transform` finds the matrix that
brings them to the corners of a rectangle, and `warp` moves the picture by it, once, with positions in float64. Where a
far part of the page is drawn smaller than it was photographed, `antialias=True` averages what would alias.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import geometry

photo = skimage.data.text()
corners = np.array([[155.0, 15.0], [360.0, 95.0], [260.0, 130.0], [65.0, 40.0]])  # (x, y), clockwise from the top left
height, width = 100, 600
page = np.array([[0.0, 0.0], [width - 1, 0.0], [width - 1, height - 1], [0.0, height - 1]])

H = geometry.estimate_transform("projective", corners, page)
flat = geometry.warp(photo, H, size=(height, width), interpolation="cubic", border="edge")
thumbnail = geometry.compose(H, geometry.scaling(0.2))
aliased = geometry.warp(photo, thumbnail, size=(20, 120))
smooth = geometry.warp(photo, thumbnail, size=(20, 120), antialias=True)

figure, panels = plt.subplot_mosaic(
    [["photo", "flat"], ["photo", "aliased"], ["photo", "smooth"]], figsize=(13, 4.2), layout="constrained"
)
panels["photo"].imshow(photo, cmap="gray")
panels["photo"].plot(*np.vstack((corners, corners[:1])).T, "o-", color="tab:orange")
for name, picture, title in (
    ("photo", None, "photo, and the four points"),
    ("flat", flat, "seen from the front"),
    ("aliased", aliased, "five times smaller"),
    ("smooth", smooth, "five times smaller, antialiased"),
):
    if picture is not None:
        panels[name].imshow(picture, cmap="gray", vmin=0, vmax=255)
    panels[name].set_title(title)
    panels[name].axis("off")
plt.show()
