"""Where a network looks for a class."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from deep.inspect.follow import follow_last
from deep.inspect.layers import evaluated, find_layer, watched
from deep.inspect.prepared import Predicts, batch_of, network_of, opened, preprocess_for
from deep.preprocess import Preprocess
from imgproc import arrays
from imgproc.geometry import resize

__all__ = ["grad_cam"]


def grad_cam(model: nn.Module | Predicts, image: Any, *, layer: str | None = None, index: int | None = None) -> Any:
    """Show where a network looks when it names a class (Grad-CAM).

    The maps of a layer are summed with weights, each the mean slope of the class's logit with respect to the map; what
    speaks against the class (negative sums) is cut off.

    Parameters
    ----------
    model : nn.Module, or Predictor
        A network that gives logits (N, classes), in evaluation mode. Left as it is; neither its parameters nor the
        image need to require gradients.
    image : prepared tensor (C, H, W) or (N, C, H, W); for a Predictor, image or batch of any kind; or a list of images
    layer : dotted name
        The last that keeps places where None, as in `receptive_field`.
    index : class
        For each image the most probable where None.

    Returns
    -------
    float32, (H, W) of the image; a batch keeps an axis of one channel, a list gives a list
        In the kind and on the device of the image (NumPy for PIL images and paths), at the place of the image that the
        network saw; 0 beyond it. Logits per activation, not scaled: divide by the maximum to compare pictures.

    Raises
    ------
    TypeError
        A bare network is given an image that is not prepared.
    ValueError
        There is no such layer, it gives no maps, `index` is no class, or the network does not give logits.

    References
    ----------
    .. [1] R. R. Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization",
       ICCV 2017, equations 1 and 2.

    Examples
    --------
    >>> model = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    >>> _ = nn.init.ones_(model[0].weight)
    >>> photo = torch.zeros(1, 2, 2)
    >>> photo[0, 1, 0] = 8.0
    >>> grad_cam(model, photo, index=1)  # each pixel has a share of 1/4 in the mean
    tensor([[0., 0.],
            [2., 0.]])
    """
    if isinstance(image, list | tuple):
        return [grad_cam(model, one, layer=layer, index=index) for one in image]
    network, image = network_of(model), opened(image)
    batch = batch_of(model, image)
    name = follow_last(network, batch.shape)[0] if layer is None else layer
    maps, slopes = _maps_and_slopes(network, batch, name, index)
    weights = slopes.mean((2, 3), keepdim=True)  # (N, C, 1, 1), equation 1
    heat = functional.relu((weights * maps).sum(1, keepdim=True)).float()  # (N, 1, h, w), equation 2
    rows, columns = arrays.spatial_axes(image)
    laid = _laid_on(heat, (image.shape[rows], image.shape[columns]), preprocess_for(model, batch))
    return arrays.like(laid if image.ndim == 4 else laid[0, 0], image)


def _maps_and_slopes(network: nn.Module, batch: Tensor, layer: str, index: int | None) -> tuple[Tensor, Tensor]:
    """Give the maps of a layer, and the slope of each image's logit with respect to them."""
    cut: list[Tensor] = []

    def start_here(_: str, output: Any) -> Tensor | None:
        if cut:
            return None
        if not isinstance(output, Tensor) or output.ndim != 4:
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ValueError(f"layer must give maps (N, C, H, W), got {layer!r}, which gives {shape}")
        cut.append(output.detach().clone().requires_grad_())
        return cut[0].clone()  # the next layer may work in place

    with torch.enable_grad(), evaluated(network), watched({layer: find_layer(network, layer)}, start_here):
        logits = network(batch)
        if not cut:
            raise ValueError(f"layer must take part in the forward pass, got {layer!r}, which is not called")
        (slopes,) = torch.autograd.grad(_chosen(logits, index).sum(), cut[0])
    return cut[0].detach(), slopes


def _chosen(logits: Any, index: int | None) -> Tensor:
    """Take of each image the logit of a class, or the greatest."""
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        shape = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"model must give logits (N, classes), got {shape}")
    if index is None:
        return logits.gather(1, logits.argmax(1, keepdim=True))
    if not 0 <= index < logits.shape[1]:
        raise ValueError(f"index must be a class, at least 0 and below {logits.shape[1]}, got {index}")
    return logits[:, index]


def _laid_on(heat: Tensor, size: tuple[int, int], preprocess: Preprocess) -> Tensor:
    """Resize heat (N, 1, h, w) to what the network saw, put that where it was cut out, and resize to the image."""
    whole, (top, left) = preprocess.placement(*size)
    height, width = preprocess.height_width
    canvas = heat.new_zeros((*heat.shape[:2], *whole))
    canvas[:, :, top : top + height, left : left + width] = resize(heat, (height, width))
    return resize(canvas, size)
