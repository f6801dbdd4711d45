"""
The motion of every pixel
=========================

A photo is turned a little and pulled towards one side; optical flow finds where every pixel went. The colour of the
flow is its direction, the strength of the colour its length. Reading the second photo where the flow points gives the
first one again, but for what has left the frame and what is too smooth to be followed.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import arrays, color, features, geometry

second = arrays.to_float(skimage.data.astronaut()[60:380, 20:440])
y, x = np.mgrid[: second.shape[0], : second.shape[1]].astype(np.float32)
truth = np.stack((0.03 * (y - 160) + 4 * np.sin(x / 70), -0.03 * (x - 210)), axis=-1)
first = geometry.remap(second, np.stack((x, y), axis=-1) + truth, border="reflect")

flow = features.optical_flow(first, second)
back = geometry.remap(second, np.stack((x, y), axis=-1) + flow, border="reflect")
error = np.linalg.norm(flow - truth, axis=-1)


def as_color(flow: np.ndarray) -> np.ndarray:
    """Show directions as hues and lengths, up to 8 pixels, as saturation."""
    hue = np.arctan2(flow[..., 1], flow[..., 0]) / (2 * np.pi) % 1
    length = np.clip(np.linalg.norm(flow, axis=-1) / 8, 0, 1)
    return color.hsv_to_rgb(np.stack((hue, length, np.ones_like(hue)), axis=-1).astype(np.float32))


figure, panels = plt.subplots(2, 3, figsize=(14, 7.5), layout="constrained")
pictures = {
    "first": first,
    "second": second,
    f"difference: {np.abs(first - second).mean():.3f}": np.abs(first - second).mean(axis=-1),
    "true flow": as_color(truth),
    f"found: {np.median(error):.2f} pixels off": as_color(flow),
    f"difference along it: {np.abs(first - back).mean():.3f}": np.abs(first - back).mean(axis=-1),
}
for panel, (title, picture) in zip(panels.flat, pictures.items(), strict=True):
    panel.imshow(np.clip(picture, 0, 1), cmap="gray", vmin=0, vmax=0.3)
    panel.set_title(title)
    panel.axis("off")
for row in panels[1, 1:2]:
    row.quiver(
        x[::24, ::24], y[::24, ::24], *np.moveaxis(flow[::24, ::24], -1, 0), angles="xy", scale_units="xy", scale=0.5
    )
plt.show()
