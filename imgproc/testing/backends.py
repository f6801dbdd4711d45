"""One property, run on every array library that is installed."""

import functools
import importlib
import importlib.util
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any


def on_every_backend(test: Callable[..., None]) -> Callable[..., None]:
    """Call a test with `xp` as NumPy, and as torch and CuPy where they are installed (and a device answers).

    Parameters
    ----------
    test : function with a parameter `xp`
        `xp` is the library as the array API standard spells it (`array_api_compat`). ``xp.asarray(x)`` brings over
        points, matrices and images (H, W); an image with channels takes its library's layout by
        ``arrays.like(image, xp.empty(0))``.

    Returns
    -------
    function without `xp`
        Goes outside `given`, so that each library searches and shrinks on its own; pytest fixtures and parameters pass
        through. A failure says in a note which library it was.

    Raises
    ------
    TypeError
        `test` has no parameter `xp`.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from imgproc import arrays, filters
    >>> from imgproc.testing import assert_same, images
    >>> @on_every_backend
    ... @settings(deadline=None)  # the first call may compile a kernel
    ... @given(image=images(dtype="float32", max_size=9))
    ... def blurring_by_nothing_changes_nothing(xp, image):
    ...     image = arrays.like(image, xp.empty(0))
    ...     assert_same(filters.gaussian(image, 0), image)
    >>> blurring_by_nothing_changes_nothing()
    """
    signature = inspect.signature(test)
    if "xp" not in signature.parameters:
        raise TypeError(f"test must have a parameter xp, got {test.__name__}{signature}")

    @functools.wraps(test)
    def on_each(*args: Any, **kwargs: Any) -> None:
        for xp in _backends():
            try:
                test(*args, xp=xp, **kwargs)
            except BaseException as error:
                error.add_note(f"with xp = {xp.__name__}")
                raise

    kept = [parameter for name, parameter in signature.parameters.items() if name != "xp"]
    on_each.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return on_each


@functools.cache
def _backends() -> tuple[ModuleType, ...]:
    names = ["numpy"]
    names += ["torch"] if importlib.util.find_spec("torch") else []
    names += ["cupy"] if importlib.util.find_spec("cupy") and _has_device() else []
    return tuple(importlib.import_module(f"array_api_compat.{name}") for name in names)


def _has_device() -> bool:
    cupy = importlib.import_module("cupy")
    try:
        return bool(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError:
        return False
