"""Networks for other programs."""

import copy
import os
from importlib.util import find_spec

import torch
from torch import nn

__all__ = ["export_onnx"]


def export_onnx(model: nn.Module, path: str | os.PathLike[str], example: torch.Tensor) -> None:
    """Write a network as an ONNX file for onnxruntime and its kin.

    Parameters
    ----------
    model : nn.Module
        Stays as it is; written in evaluation mode.
    path : file name, by custom ending in .onnx
    example : what the network takes, such as (1, 3, 224, 224)
        Its first axis, the batch, is free in the file; the others are fixed.

    Raises
    ------
    ImportError
        `onnx` or `onnxscript` is not installed.

    Examples
    --------
    >>> export_onnx(create_model("lenet5"), "lenet5.onnx", torch.zeros(1, 3, 32, 32))  # doctest: +SKIP
    """
    missing = [name for name in ("onnx", "onnxscript") if find_spec(name) is None]
    if missing:
        raise ImportError(f"export_onnx needs {' and '.join(missing)}: pip install 'imgproc-deep[onnx]'")
    quiet = copy.deepcopy(model).eval().requires_grad_(False)
    batch = torch.export.Dim.DYNAMIC
    torch.onnx.export(
        quiet,
        (example,),
        os.fspath(path),
        input_names=["images"],
        output_names=["outputs"],
        dynamo=True,
        dynamic_shapes=({0: batch},),
        external_data=False,
        verbose=False,
    )
