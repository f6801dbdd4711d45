"""
Keypoints matched between a photo and its warped copy
=====================================================

SIFT finds blobs and describes what is around each of them; the descriptions hardly change when the photo is turned,
shrunk and seen from the side. Taking the nearest description for every one gives many wrong pairs, since not every blob
is found again. Two tests leave them out: each of a pair must be nearest to the other, and the next nearest must be much
farther away. What little is wrong then does not agree with the rest on one homography, and RANSAC leaves it out.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import color, features, geometry, viz

photo = color.rgb_to_gray(skimage.data.astronaut())
tilted = np.array([[1, 0, 0], [0, 1, 0], [4e-4, -3e-4, 1]])
moved = geometry.similarity(0.75, np.deg2rad(35), (256, 256))
H = geometry.compose(geometry.translation(-256, -256), tilted, moved)
copy = geometry.warp(photo, H)

first, second = (features.detect(image, max_points=200) for image in (photo, copy))
nearest = features.match(first, second, ratio=None, mutual=False)
pairs = features.match(first, second)
source, target = first.points[pairs[:, 0]], second.points[pairs[:, 1]]
found, inliers = geometry.ransac_transform("projective", source, target, threshold=2.0)

wanted, got = (geometry.transform_points(matrix, first.points) for matrix in (H, found))
error = np.median(np.linalg.norm(got - wanted, axis=1))

figure, panels = plt.subplots(2, 1, figsize=(10, 10.5), layout="constrained")
shown = {
    f"the nearest to each of {len(first.points)} descriptions": nearest,
    f"{len(pairs)} unmistakable ones, {inliers.sum()} of which agree on one homography, {error:.2f} pixels off": pairs[
        inliers
    ],
}
for panel, (title, rows) in zip(panels, shown.items(), strict=True):
    panel.imshow(viz.draw_matches(photo, copy, first.points, second.points, matches=rows))
    panel.set_title(title)
    panel.axis("off")
plt.show()
