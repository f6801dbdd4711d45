"""
Lines of a building and coins as circles
========================================

Each edge pixel votes for every line through it, and the lines with the most votes are those of the storeys; they lean
as far as each side of the tower turns away. With the direction of the gradient, an edge need only vote for the centres
on one straight line: coins of any size are found at once, and then fitted to a fraction of a pixel.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data
from sklearn.datasets import load_sample_image

from imgproc import color, edges, hough

tower, coins = load_sample_image("china.jpg")[10:390, 30:360], skimage.data.coins()
outline = edges.canny(color.rgb_to_gray(tower), 2.0)
votes, rho = hough.line_accumulator(outline)
lines = hough.hough_lines(outline, threshold=75)
segments = hough.hough_segments(outline, min_length=40, max_gap=3)
circles = hough.hough_circles(coins, range(15, 35), sigma=2.0)

figure, panels = plt.subplots(1, 4, figsize=(15, 4), layout="constrained")
panels[0].imshow(np.sqrt(votes), cmap="magma", aspect="auto", extent=(-90, 90, rho[-1], rho[0]))
panels[0].plot(np.degrees(lines.theta), lines.rho, "o", color="w", markersize=8, fillstyle="none")
panels[0].set(title="votes of the edges, square root", xlabel="direction of the normal, degrees", ylabel="rho, pixels")

panels[1].imshow(tower)
for theta, distance in zip(lines.theta, lines.rho, strict=True):
    normal = np.array([np.cos(theta), np.sin(theta)])
    panels[1].axline(distance * normal, distance * normal + (-normal[1], normal[0]), color="C1")
panels[1].set(title=f"{len(lines.rho)} lines", xlim=(0, tower.shape[1]), ylim=(tower.shape[0], 0))

panels[2].imshow(tower)
panels[2].plot(segments[:, 0::2].T, segments[:, 1::2].T, color="C1")
panels[2].set(title=f"{len(segments)} segments", xlim=(0, tower.shape[1]), ylim=(tower.shape[0], 0))

panels[3].imshow(coins, cmap="gray")
for x, y, radius in zip(circles.x, circles.y, circles.radius, strict=True):
    panels[3].add_patch(plt.Circle((x, y), radius, color="C1", fill=False))
    panels[3].plot(x, y, "+", color="C1")
panels[3].set_title(f"{len(circles.x)} coins")
for panel in panels[1:]:
    panel.axis("off")
plt.show()
