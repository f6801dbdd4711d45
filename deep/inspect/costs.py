"""What layers cost, by formula, and what a search for networks pays for accuracy."""

__all__ = ["convolution_multiply_adds", "search_reward", "separable_multiply_adds"]


def convolution_multiply_adds(kernel: int, in_channels: int, out_channels: int, size: int) -> int:
    """Count the products of a convolution: kernel² · in · out for each pixel of the result.

    Parameters
    ----------
    kernel : side of the kernel
    in_channels, out_channels : depth before and after
    size : side of the result, pixels

    Returns
    -------
    int

    References
    ----------
    .. [1] A. Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", 2017,
       section 3.1.

    Examples
    --------
    The 5×5 branch of Inception's worked example, straight and through 16 channels:

    >>> convolution_multiply_adds(5, 192, 32, 28)
    120422400
    >>> convolution_multiply_adds(1, 192, 16, 28), convolution_multiply_adds(5, 16, 32, 28)
    (2408448, 10035200)
    """
    return kernel**2 * in_channels * out_channels * size**2


def separable_multiply_adds(kernel: int, in_channels: int, out_channels: int, size: int) -> int:
    """Count the products of a depthwise and a 1×1 convolution in place of a full one.

    Parameters
    ----------
    kernel : side of the depthwise kernel
    in_channels, out_channels : depth before and after
    size : side of the result, pixels

    Returns
    -------
    int
        1/out + 1/kernel² of the full convolution's: with 3×3 kernels 8 to 9 times fewer.

    References
    ----------
    .. [1] A. Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision applications", 2017,
       section 3.1, equation 5.

    Examples
    --------
    >>> full = convolution_multiply_adds(3, 512, 512, 14)
    >>> round(full / separable_multiply_adds(3, 512, 512, 14), 2)
    8.84
    """
    return kernel**2 * in_channels * size**2 + in_channels * out_channels * size**2


def search_reward(accuracy: float, latency: float, target: float, w: float = -0.07) -> float:
    """Weigh accuracy against time: accuracy · (latency / target)^w.

    Parameters
    ----------
    accuracy : in [0, 1]
    latency, target : > 0, of one unit
    w : at most 0
        -0.07 makes twice the time worth 5 % of the accuracy.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A value is out of range.

    References
    ----------
    .. [1] M. Tan et al., "MnasNet: platform-aware neural architecture search for mobile", CVPR 2019, equation 2.

    Examples
    --------
    >>> round(search_reward(0.75, 160, 80), 4), search_reward(0.75, 80, 80)
    (0.7145, 0.75)
    """
    if not 0 <= accuracy <= 1:
        raise ValueError(f"accuracy must be in [0, 1], got {accuracy}")
    if not (latency > 0 and target > 0):
        raise ValueError(f"latency and target must be positive, got {latency} and {target}")
    if not w <= 0:
        raise ValueError(f"w must be at most 0, got {w}")
    return float(accuracy * (latency / target) ** w)
