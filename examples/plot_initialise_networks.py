"""
How to start a deep network
===========================

Glorot and Bengio's experiment: five layers of 1000 tanh units look at unit noise. Under the standard start,
U(±1/√n), the values shrink from layer to layer on the way forward and the gradients on the way back. Glorot's start
loses much less either way. He's is made for ReLU, which halves what passes: here the gradients stay even, but the
values are so large that many a tanh is flat.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

from deep.blocks.initialize import he_normal, standard_uniform, xavier_uniform

WIDTH, DEPTH = 1000, 5
LAYERS = range(1, DEPTH + 1)


def spread(initialize) -> tuple[list[torch.Tensor], list[float]]:
    """Give the activations of each layer, and the deviation of their gradients."""
    rng = np.random.default_rng(0)
    weights = [initialize(torch.empty(WIDTH, WIDTH), rng=rng) for _ in LAYERS]
    values, x = [], torch.from_numpy(rng.normal(size=(300, WIDTH)).astype(np.float32))
    for weight in weights:
        x = torch.tanh((x @ weight.T).requires_grad_())
        x.retain_grad()
        values.append(x)
    (x * torch.from_numpy(rng.normal(size=x.shape).astype(np.float32))).sum().backward()
    return [value.detach() for value in values], [float(value.grad.std()) for value in values]


STARTS = {
    "standard, U(±1/√n)": standard_uniform,
    "Glorot, U(±√(6 / (n + m)))": xavier_uniform,
    "He, N(0, 2 / n)": he_normal,
}
figure, (top, (forward, backward, legend)) = plt.subplots(2, 3, figsize=(10, 6))
bins = np.linspace(-1, 1, 81)
for axis, (name, initialize) in zip(top, STARTS.items(), strict=True):
    values, gradients = spread(initialize)
    deviations = [float(value.std()) for value in values]
    for layer, value in zip(LAYERS, values, strict=True):
        axis.stairs(np.histogram(value, bins, density=True)[0], bins, color=plt.cm.viridis(layer / 6), label=layer)
    axis.set(title=name, xlabel="activation", yticks=[], ylim=(0, 4))
    forward.plot(LAYERS, deviations, marker="o", label=name)
    backward.plot(LAYERS, gradients, marker="o")
    print(f"{name}: activations {deviations[0]:.2f} to {deviations[-1]:.2f}")
top[0].legend(title="layer", fontsize="small")
forward.set(title="activations, forward", xlabel="layer", ylabel="standard deviation", xticks=LAYERS, ylim=0)
backward.set(title="gradients, backward", xlabel="layer", xticks=LAYERS, yscale="log")
legend.legend(*forward.get_legend_handles_labels(), loc="center")
legend.axis("off")
figure.tight_layout()
plt.show()
