"""
Reading a noisy training curve
==============================

Losses of single batches jump so much that neither the course of training nor its speed can be read off. A moving mean
makes them smooth, but lags behind every bend and knows nothing at the ends. Savitzky and Golay fit a short polynomial
around every step instead: bends stay, the ends are fitted too, and the slope of the polynomial comes with it.
"""

import matplotlib.pyplot as plt
import numpy as np

from imgproc.filters import savgol

rng = np.random.default_rng(0)
step = np.arange(2000)
drop = 1 / (1 + np.exp((step - 1200) / 12))  # the learning rate is cut at step 1200
truth = 0.35 + 1.9 * np.exp(-step / 90) + 0.25 * np.exp(-step / 900) + 0.3 * drop
loss = truth * rng.gamma(60, 1 / 60, step.size)

window = 121
mean = savgol(loss, window, 0)
smooth = savgol(loss, window, 3)
slope = savgol(loss, window, 3, deriv=1)

figure, (above, below) = plt.subplots(2, 1, figsize=(10, 7), sharex=True, layout="constrained")
above.plot(step, loss, color="0.8", linewidth=0.6, label="loss of each batch")
above.plot(step, truth, color="black", linewidth=1, linestyle=":", label="without the noise")
above.plot(step, mean, color="tab:orange", label=f"mean of {window} steps")
above.plot(step, smooth, color="tab:blue", label=f"cubic fitted to {window} steps")
above.set(ylabel="loss", ylim=(0.2, 2.6))
above.legend()

below.axhline(0, color="0.6", linewidth=0.8)
below.plot(step, 1000 * np.gradient(truth), color="black", linewidth=1, linestyle=":", label="without the noise")
below.plot(step, 1000 * slope, color="tab:blue", label="slope of the cubic")
below.set(xlabel="step", ylabel="change in 1000 steps", ylim=(-22, 4))
below.legend()
inset = above.inset_axes((0.4, 0.5, 0.26, 0.38))
for values, color in ((loss, "0.8"), (mean, "tab:orange"), (smooth, "tab:blue")):
    inset.plot(step[:150], values[:150], color=color, linewidth=0.8)
inset.set_title("the first steps", fontsize=9)
plt.show()
