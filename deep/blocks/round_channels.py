"""Widths of scaled networks, rounded to what hardware likes."""


def round_channels(channels: float, *, divisor: int = 8) -> int:
    """Round to the nearest multiple of `divisor`, but never below nine tenths of `channels`.

    Parameters
    ----------
    channels : number of channels, scaled
    divisor : what the result is a multiple of

    References
    ----------
    .. [1] `_make_divisible` of the MobileNet reference code (tensorflow/models, slim/nets/mobilenet).

    Examples
    --------
    >>> [round_channels(channels) for channels in (3, 11.2, 24, 91.2, 1280 * 1.1)]
    [8, 16, 24, 88, 1408]
    """
    rounded = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * channels else rounded
