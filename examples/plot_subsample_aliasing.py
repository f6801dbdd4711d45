"""
The wheel that turns backwards
==============================

Take every fourth pixel of a wheel with many spokes, and near the hub it grows spokes that it never had: there they lie
closer together than the pixels that are kept. ``subsample`` smooths first, and the hub turns gray, as it should.

The lower row is the same in time. Across runs the rim of a wheel, downwards time, so that stripes falling to the right
say that it turns to the right. Who looks at every fourth moment only sees them rise: it turns to the left, as wagon
wheels do in films. With the filter nothing turns at all: this is too fast for so few pictures.
"""

import matplotlib.pyplot as plt
import numpy as np

from imgproc.pyramids import subsample

y, x = np.mgrid[-180:180, -180:180] + 0.5
angle, radius = np.arctan2(y, x), np.hypot(x, y)
wheel = np.where(radius < 175, 0.5 + 0.5 * np.cos(60 * angle), 1.0)

moment, rim = np.mgrid[:360, :360]
turning = 0.5 + 0.5 * np.cos(2 * np.pi * (rim / 45 - 0.2 * moment))  # a fifth of a turn between spokes each moment

figure, panels = plt.subplots(2, 3, figsize=(11, 7.6), layout="constrained")
titles = ("as it is", "every fourth pixel", "smoothed, then every fourth pixel")
for row, image in zip(panels, (wheel, turning), strict=True):
    small = subsample(image, 4, antialias=False)
    smooth = subsample(image, 4, border="wrap")
    for panel, picture, title in zip(row, (image, small, smooth), titles, strict=True):
        panel.imshow(picture, cmap="gray", vmin=0, vmax=1)
        panel.set(title=title, xticks=[], yticks=[])
panels[0, 0].set_ylabel("a wheel")
panels[1, 0].set_ylabel("its rim: time runs downwards")
for panel in panels[1]:
    panel.set_xlim(-0.5, panel.get_xlim()[1] / 3)  # a third of the rim is enough
    panel.set_ylim(panel.get_ylim()[0] / 3, -0.5)
plt.show()
