"""
A picture that changes with distance
====================================

The coarse part of one photo and the fine part of another, added: close by the eye follows the fine one; from afar it is
too fine to be seen, and the other remains. The pictures on the right are the same one, smaller and smaller.
"""

import matplotlib.pyplot as plt
import skimage.data

from imgproc import color, fourier, geometry

far = color.rgb_to_gray(skimage.data.chelsea())[20:276, 100:356]
near = color.rgb_to_gray(skimage.data.astronaut())[0:256, 96:352]

hybrid = fourier.hybrid_image(far, near, sigma_far=6.0, sigma_near=2.5)

figure, panels = plt.subplots(1, 5, figsize=(13, 3.6), layout="constrained", width_ratios=[2, 2, 3, 1.5, 0.75])
small = [geometry.resize(hybrid, (side, side)) for side in (96, 48)]
titles = ("seen from afar", "seen close by", "both", "", "")
for panel, picture, title in zip(panels, (far, near, hybrid, *small), titles, strict=True):
    panel.imshow(picture, cmap="gray", vmin=0, vmax=255)
    panel.set_title(title)
    panel.axis("off")
plt.show()
