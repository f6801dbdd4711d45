"""
How to start a deep network
===========================

Glorot and Bengio's experiment: five layers of 1000 tanh units look at unit noise. Under the standard start,
U(±1/√n), the values shrink from layer to layer on the way forward and the gradients on the way back. Glorot's start
loses much less either way. He's is made for ReLU, which halves what passes: here the gradients stay even, but the
values are so large that many a tanh is flat.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

WIDTH, DEPTH = 1000, 5


def standard(weight: torch.Tensor) -> None:
    """Fill as before 2010: U(±1/√n)."""
    nn.init.uniform_(weight, -(WIDTH**-0.5), WIDTH**-0.5)


def spread(initialise) -> tuple[list[float], list[float]]:
    """Measure the deviation of the activations, and of the gradients, in each layer."""
    torch.manual_seed(0)
    layers = [nn.Linear(WIDTH, WIDTH) for _ in range(DEPTH)]
    values, x = [], torch.randn(300, WIDTH)
    for layer in layers:
        initialise(layer.weight)
        nn.init.zeros_(layer.bias)
        x = torch.tanh(layer(x))
        x.retain_grad()
        values.append(x)
    (x * torch.randn_like(x)).sum().backward()
    return [float(value.detach().std()) for value in values], [float(value.grad.std()) for value in values]


figure, (forward, backward) = plt.subplots(1, 2, figsize=(9, 3.6))
for name, initialise in (
    ("standard, U(±1/√n)", standard),
    ("Glorot, U(±√(6 / (n + m)))", nn.init.xavier_uniform_),
    ("He, N(0, 2 / n)", nn.init.kaiming_normal_),
):
    activations, gradients = spread(initialise)
    forward.plot(range(1, DEPTH + 1), activations, marker="o", label=name)
    backward.plot(range(1, DEPTH + 1), gradients, marker="o", label=name)
    print(f"{name}: activations {activations[0]:.2f} to {activations[-1]:.2f}")
forward.set(
    title="activations, forward", xlabel="layer", ylabel="standard deviation", xticks=range(1, DEPTH + 1), ylim=0
)
backward.set(title="gradients, backward", xlabel="layer", yscale="log", xticks=range(1, DEPTH + 1))
backward.legend()
figure.tight_layout()
plt.show()
