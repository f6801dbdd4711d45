"""
Where a network has its parameters and its work
===============================================

`summary` lists the layers of a network with what each gives and costs, without computing anything. VGG-16 keeps three
quarters of its 138 million parameters in the first dense layer and does nearly all of its work in the convolutions
before. ResNet-50 spreads both, MobileNetV2 does a fiftieth of VGG's work: its 3 × 3 filters see one channel each, and
the 1 × 1 convolutions between them do the rest.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import deep
from deep.inspect import summary

print(summary(deep.create_model("lenet5"), 32))

figure, panels = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", sharey=True)
for name in ("vgg16", "resnet50", "mobilenet_v2"):
    with torch.device("meta"):
        table = summary(deep.create_model(name), 224)
    depth = np.linspace(0, 1, len(table.rows))
    for panel, part in zip(panels, ("parameters", "multiply_adds"), strict=True):
        total = getattr(table, part)
        share = np.cumsum([getattr(row, part) for row in table.rows]) / total
        panel.step(depth, share, where="post", label=f"{name}: {total / 1e6:,.1f} million")
        panel.set(title=part.replace("_", "-") + " up to here", xlabel="first layer to last")
        panel.legend(loc="upper left")
panels[0].set_ylabel("share of the whole")
plt.show()
