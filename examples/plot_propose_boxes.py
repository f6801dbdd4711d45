"""
Boxes that may hold an object
=============================

Selective search joins neighbouring regions that look alike, the most similar first, until one is left. Every region on
the way is a candidate: small objects come early, large ones late. Which of several hundred boxes holds what is for a
classifier to say; here, for each thing marked by hand, the box that fits it best.
"""

import matplotlib.pyplot as plt
import numpy as np
import skimage.data

from imgproc import segmentation

photo = skimage.data.coffee()
things = {"cup": (166, 14, 436, 262), "saucer": (84, 27, 500, 396), "spoon": (318, 222, 404, 342)}

boxes = segmentation.selective_search(photo)


def overlaps(boxes, thing):
    """Return intersection over union with one box."""
    x1, y1 = np.maximum(boxes[:, :2], thing[:2]).T
    x2, y2 = np.minimum(boxes[:, 2:], thing[2:]).T
    common = np.clip(x2 - x1, 0, None) * np.clip(y2 - y1, 0, None)
    areas = [np.prod(b[..., 2:] - b[..., :2], axis=-1) for b in (boxes, np.array(thing))]
    return common / (areas[0] + areas[1] - common)


def outline(panel, box, **style):
    x1, y1, x2, y2 = box
    # edges lie half a pixel before the centre of the first pixel
    panel.add_patch(plt.Rectangle((x1 - 0.5, y1 - 0.5), x2 - x1, y2 - y1, fill=False, **style))


figure, panels = plt.subplots(1, 3, figsize=(15, 4), layout="constrained")
regions = segmentation.felzenszwalb(photo, 100.0)
panels[0].imshow(np.random.default_rng(1).integers(60, 255, (regions.max() + 1, 3), np.uint8)[regions])
panels[0].set_title(f"{regions.max() + 1} first regions")
panels[1].imshow(photo)
for box in boxes[:100]:
    outline(panels[1], box, color="w", linewidth=0.5)
panels[1].set_title(f"the 100 most promising of {len(boxes)} boxes")
panels[2].imshow(photo)
for k, (name, thing) in enumerate(things.items()):
    fit = overlaps(boxes, thing)
    outline(panels[2], thing, color=f"C{k}", linestyle=":")
    outline(panels[2], boxes[fit.argmax()], color=f"C{k}", label=f"{name}: {fit.max():.2f}, box {fit.argmax() + 1}")
panels[2].legend(loc="lower left")
panels[2].set_title("marked by hand (dotted) and the best box")
for panel in panels:
    panel.axis("off")
plt.show()
