"""One step: a function, its arguments, and where it wants its image."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from imgproc._array.kinds import describe_type, find_kind
from imgproc._checks import check_choice
from imgproc.pipeline.borders import bring_back, describe, hand_over
from imgproc.typing import Kind

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """A function with its arguments, itself a function of an image; `step` makes one.

    Parameters
    ----------
    function : callable
        Of an image, then of `args` and `options`.
    args, options : what follows the image, by position and by name
    on : "numpy", "torch" or "cupy", optional
        The library in which the function gets its image; that of the caller by default.
    device : torch device, optional
        With `on="torch"`, where the image shall lie; by default where it lies.

    Examples
    --------
    >>> from imgproc import filters
    >>> blur = Step(filters.box, options={"size": 3}, on="torch")
    >>> image = np.zeros((4, 5, 3))
    >>> blur.apply(image).shape, blur(image).shape
    (torch.Size([3, 4, 5]), (4, 5, 3))
    """

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    on: Kind | None = None
    device: Any = None

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(f"function must be callable, got {describe_type(self.function)}")
        if self.on is not None:
            check_choice(self.on, get_args(Kind), "on")
        if self.device is not None and self.on != "torch":
            raise ValueError(f"device must be None unless on is 'torch', got {self.device!r} with on={self.on!r}")
        object.__setattr__(self, "args", tuple(self.args))
        object.__setattr__(self, "options", dict(self.options))
        _check_arguments(self.function, self.args, self.options)

    def __call__(self, image: Any) -> Any:
        """Give the function's result, back in the library and on the device of `image`."""
        return bring_back(self.apply(image), image)

    def apply(self, image: Any) -> Any:
        """Give the function's result where it was made."""
        return self.function(hand_over(image, self.on, self.device), *self.args, **self.options)

    def __repr__(self) -> str:
        words = _written(self.args, self.options)
        words += [f"{name}={value!r}" for name in ("on", "device") if (value := getattr(self, name)) is not None]
        return f"step({', '.join([name_of(self.function), *words])})"


def step(
    function: Callable[..., Any],
    /,
    *args: Any,
    on: Kind | None = None,
    device: "str | torch.device | None" = None,
    **options: Any,
) -> Step:
    """Fix the arguments of a function of an image, and say where it wants that image.

    Parameters
    ----------
    function : callable
        A function of this library or of any other, a network, a Predictor.
    args, options : anything
        Handed to `function` after the image, by position and by name, at each call.
    on : "numpy", "torch" or "cupy", optional
        The library and layout in which `function` gets its image; those of the caller's image by default.
    device : torch device, optional
        With `on="torch"`, where the image shall lie; by default where it lies.

    Returns
    -------
    Step
        A callable of one image, to stand in a `Pipeline`.

    Raises
    ------
    TypeError
        `function` is not callable or does not take such arguments.
    ValueError
        `on` is no library, or `device` is given without `on="torch"`.

    Examples
    --------
    >>> from imgproc import filters
    >>> step(filters.gaussian, sigma=2, on="torch")
    step(gaussian, sigma=2, on='torch')
    >>> step(filters.gaussian, sgima=2)
    Traceback (most recent call last):
    TypeError: arguments must fit the parameters of gaussian, got sgima=2: missing a required argument: 'sigma'
    """
    return Step(function, args, options, on, device)


def name_of(function: Callable[..., Any]) -> str:
    """Name a callable in few words: a function by its name, an object by its class."""
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _check_arguments(function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return
    try:
        signature.bind(None, *args, **options)
    except TypeError as error:
        given = ", ".join(_written(args, options)) or "none"
        raise TypeError(f"arguments must fit the parameters of {name_of(function)}, got {given}: {error}") from None


def _written(args: tuple[Any, ...], options: Mapping[str, Any]) -> list[str]:
    return [*map(_short, args), *(f"{name}={_short(value)}" for name, value in options.items())]


def _short(value: Any) -> str:
    return repr(value) if find_kind(value) is None else f"<{describe(value)}>"
