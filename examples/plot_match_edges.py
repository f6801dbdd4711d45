"""
An image optimised until its edges match
========================================

Every filter is differentiable on torch, with finite gradients where the image is flat. So noise can be changed, step by
step, until its gradients are those of a photo: what comes out is the photo, but for the brightness that no gradient
knows.
"""

import matplotlib.pyplot as plt
import skimage.data
import torch

from imgproc import arrays, edges, filters

photo = arrays.to_float(arrays.to_torch(skimage.data.camera()[60:220, 150:330]))
wanted = edges.sobel(filters.gaussian(photo, 1))

image = (0.5 + 0.05 * torch.randn(photo.shape, generator=torch.Generator().manual_seed(0))).requires_grad_()
optimizer = torch.optim.LBFGS([image], max_iter=120, history_size=20, line_search_fn="strong_wolfe")
losses = []


def loss() -> torch.Tensor:
    """Compare the derivatives of the smoothed image with those of the photo."""
    optimizer.zero_grad()
    found = edges.sobel(filters.gaussian(image, 1))
    difference = sum(((a - b) ** 2).mean() for a, b in zip(found, wanted, strict=True))
    difference.backward()
    losses.append(difference.item())
    return difference


start = image.detach().clone()
optimizer.step(loss)
end = image.detach()

figure, panels = plt.subplots(1, 5, figsize=(15, 2.9), layout="constrained")
pictures = {
    "noise": start,
    "its edges": edges.gradient_magnitude(filters.gaussian(start, 1)),
    "optimised": end + photo.mean() - end.mean(),
    "its edges ": edges.gradient_magnitude(filters.gaussian(end, 1)),
}
for panel, (title, picture) in zip(panels, pictures.items(), strict=False):
    panel.imshow(picture, cmap="gray")
    panel.set_title(title)
    panel.axis("off")
panels[4].semilogy(losses)
panels[4].set_title(f"difference, {len(losses)} steps")
plt.show()
