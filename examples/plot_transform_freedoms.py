"""
Eight freedoms of a photographed plane
======================================

A photograph of a plane has eight degrees of freedom. Taken one by one, each is a knob: two move, one turns, one
scales, two deform squares into parallelograms, and two tilt the plane so that parallels meet. The kinds of
`estimate_transform` take them in this order: 2 make a translation, 3 a Euclidean matrix, 4 a similarity, 6 an affine
and 8 a projective matrix. Pale is where the house was, dark where a turn of the knob takes it.
"""

import matplotlib.pyplot as plt
import numpy as np

from imgproc.geometry import affine, rotation, scaling, shear, transform_points, translation

FREEDOMS = {
    "move in x": ("translation", lambda t: translation(2 * t, 0)),
    "move in y": ("translation", lambda t: translation(0, 2 * t)),
    "turn": ("euclidean", lambda t: rotation(t)),
    "scale": ("similarity", lambda t: scaling(np.exp(t))),
    "stretch": ("affine", lambda t: affine((np.exp(t), np.exp(-t)))),
    "shear": ("affine", lambda t: shear(t)),
    "tilt about y": ("projective", lambda t: np.array([[1, 0, 0], [0, 1, 0], [0.4 * t, 0, 1]])),
    "tilt about x": ("projective", lambda t: np.array([[1, 0, 0], [0, 1, 0], [0, 0.4 * t, 1]])),
}
"""What each knob is called, the least kind that has it, and its matrix: the identity at t = 0."""

HOUSE = [
    np.array([[-1, -0.4], [1, -0.4], [1, 1], [-1, 1], [-1, -0.4], [0, -1.2], [1, -0.4]]),
    np.array([[0.2, 1], [0.2, 0.2], [0.7, 0.2], [0.7, 1]]),
    np.array([[-0.7, 0], [-0.1, 0], [-0.1, 0.5], [-0.7, 0.5], [-0.7, 0]]),
]
"""Lines through points (x, y), y down."""


def draw(panel, matrix, color):
    for line in HOUSE:
        steps = np.linspace(line[:-1], line[1:], 20, axis=1).reshape(-1, 2)
        panel.plot(*transform_points(matrix, steps).T, color=color, linewidth=1.5)


figure, panels = plt.subplots(2, 4, figsize=(11, 5.6), layout="constrained")
for panel, (name, (kind, knob)) in zip(panels.flat, FREEDOMS.items(), strict=True):
    draw(panel, np.eye(3), "0.8")
    draw(panel, knob(0.4), "tab:blue")
    panel.set_title(f"{name} ({kind})", fontsize=10)
    panel.set(xlim=(-2.4, 2.4), ylim=(2.1, -1.9), aspect="equal", xticks=[], yticks=[])
plt.show()
