"""
Epipolar lines of two views
===========================

What one camera sees at a point lies on a ray, and the other camera sees that ray as a line: the epipolar line, on which
the point's partner must be. Here the right photo of a stereo pair is shown as if its camera had turned, so that the
lines are not simply rows. Points are matched by what they look like, and some matches are wrong. `ransac_fundamental`
finds the matrix that most of them agree on, and says which do: a wrong match lies off its line, and is found out
without anyone knowing how deep the scene is.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data
from skimage.transform import warp

from imgproc import features, geometry, viz

left, right, _ = skimage.data.stereo_motorcycle()
height, width = left.shape[:2]

# a camera that turns where it stands moves its picture by K R K^-1
K = np.array([[994.978, 0, width / 2], [0, 994.978, height / 2], [0, 0, 1]])
roll, yaw = np.radians(8), np.radians(5)
R = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
R = R @ np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
H = K @ R @ np.linalg.inv(K)
turned = np.rint(warp(right, np.linalg.inv(H), preserve_range=True)).astype(np.uint8)

one, two = features.detect(left), features.detect(turned)
pairs = features.match(one, two, ratio=0.9)
x1, x2 = one.points[pairs[:, 0]], two.points[pairs[:, 1]]
F, inliers = geometry.ransac_fundamental(x1, x2)
print(f"{len(pairs)} matches, {int(inliers.sum())} of them agree")

# the scene was photographed by cameras side by side, so the truth is known
shift = geometry.fundamental_from_cameras(np.eye(3, 4), np.column_stack((R, R @ [-1.0, 0, 0])))
truth = geometry.fundamental_from_essential(shift, K, K)
off = np.sqrt(geometry.sampson_distance(truth, x1, x2))
print(f"median distance to the true lines: {np.median(off[inliers]):.2f} pixels", end=", ")
print(f"of those that do not agree {np.median(off[~inliers]):.0f}")

rng = np.random.default_rng(1)
shown = rng.choice(np.flatnonzero(inliers), 12, replace=False)
wrong = rng.choice(np.flatnonzero(~inliers), 6, replace=False)
drawn = viz.draw_epipolar_lines(left, turned, F, x1[shown], x2[shown], thickness=1.5)
astray = viz.draw_epipolar_lines(left, turned, F, x1[wrong], x2[wrong], thickness=1.5)

figure, panels = plt.subplots(2, 2, figsize=(12, 8), layout="constrained")
titles = ("left, with the lines of points on the right", "right, its camera turned", "matches that do not agree", "")
for panel, picture, title in zip(panels.flat, (*drawn, *astray), titles, strict=True):
    panel.imshow(picture)
    panel.set_title(title)
    panel.axis("off")
plt.show()
