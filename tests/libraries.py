"""The array libraries a test can run on, each with its layout."""

import contextlib
import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np

from imgproc import arrays


@dataclass(frozen=True)
class Library:
    """Brings channels-last NumPy arrays into a library and its layout, and back."""

    name: str

    def __str__(self) -> str:
        return self.name

    def make(self, x: np.ndarray) -> Any:
        """Copy `x` into this library."""
        x = np.array(x)
        if self.name == "torch":
            # contiguous planes, as a network has them; tests of strides make their own views
            return arrays.to_torch(x).contiguous()
        if self.name == "cupy":
            return arrays.to_cupy(x)
        if self.name == "strict":
            import array_api_strict

            return array_api_strict.asarray(x)
        return x

    def back(self, x: Any) -> np.ndarray:
        """Return `x` as channels-last NumPy; the library of `x` must be this one."""
        assert arrays.kind(x) == self.name
        return arrays.to_numpy(x)

    def holds(self, dtype: str) -> bool:
        """Say whether the library has a dtype."""
        return not (self.name == "strict" and dtype == "float16")


def _available() -> list[Library]:
    names = ["numpy"]
    names += ["strict"] if importlib.util.find_spec("array_api_strict") else []
    names += ["torch"] if importlib.util.find_spec("torch") else []
    if importlib.util.find_spec("cupy"):
        import cupy

        with contextlib.suppress(cupy.cuda.runtime.CUDARuntimeError):  # CuPy, but no device
            names += ["cupy"] if cupy.cuda.runtime.getDeviceCount() else []
    return [Library(name) for name in names]


LIBRARIES = _available()
