"""One reference body per primitive, and faster bodies by array library.

A primitive is declared by its reference body, written in the array API standard. Faster bodies are registered beside
it, take the same parameters, and may return NotImplemented to decline; the reference then runs. Plain CPU torch tensors
are handed to the NumPy bodies through shared memory, CUDA tensors to the CuPy bodies, unless a gradient, a functorch
transform or a compiler must see the operations; a body for torch may then take gradients in its own way.
"""

import contextlib
import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Generic, Literal, NamedTuple, ParamSpec, TypeVar, overload

from imgproc._array.kinds import find_kind

P = ParamSpec("P")
R = TypeVar("R")
Library = Literal["numpy", "cupy", "torch"]

_primitives: dict[str, "Primitive[..., Any]"] = {}
_reference_only: ContextVar[bool] = ContextVar("imgproc_reference_only", default=False)
_explanations: ContextVar[list[tuple[str, str]] | None] = ContextVar("imgproc_explanations", default=None)


class _Loan(threading.local):
    """Whether this thread works on memory lent by torch."""

    is_taken = False


loan = _Loan()


class Implementation(NamedTuple):
    """A faster body: of which primitive, for which library, and the function."""

    operation: str
    library: Library
    body: Callable[..., Any]


class Primitive(Generic[P, R]):
    """A callable that chooses a body by the library of its first argument."""

    def __init__(self, reference: Callable[P, R], *, differentiable: bool) -> None:
        self.reference = reference
        self.differentiable = differentiable
        self.bodies: dict[str, list[Callable[..., Any]]] = {"numpy": [], "cupy": [], "torch": []}
        self.name = reference.__name__
        functools.update_wrapper(self, reference)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        first = args[0] if args else next(iter(kwargs.values()))
        library = find_kind(first)
        result: Any = NotImplemented
        if library == "torch":
            if sys.modules["torch"].compiler.is_compiling():
                return self.reference(*args, **kwargs)
            if not _reference_only.get():
                result = self._try("torch", args, kwargs)
                if result is NotImplemented:
                    result = self._lend(first, args, kwargs)
        elif library in ("numpy", "cupy") and not _reference_only.get():
            result = self._try(library, args, kwargs)
        if result is NotImplemented:
            _note(self.name, self.reference)
            return self.reference(*args, **kwargs)
        return result  # type: ignore[no-any-return]

    def _try(self, library: str, args: Any, kwargs: Any) -> Any:
        """Return the result of the first body that does not decline, or NotImplemented."""
        for body in self.bodies[library]:
            result = body(*args, **kwargs)
            if result is not NotImplemented:
                _note(self.name, body)
                return result
        return NotImplemented

    def _lend(self, first: Any, args: Any, kwargs: Any) -> Any:
        """Run the body of the library that can share the memory of torch tensors, or return NotImplemented."""
        library = "numpy" if first.device.type == "cpu" else "cupy" if first.is_cuda else ""
        operands = (*args, *kwargs.values())
        if not self.bodies.get(library) or (self.differentiable and is_recorded(*operands)):
            return NotImplemented
        if not can_share_memory(*operands):
            return NotImplemented
        if library == "cupy":
            return self._lend_to_cupy(first, args, kwargs)
        torch = sys.modules["torch"]
        lent = [_as_numpy(torch, x) for x in args]
        loan.is_taken = True
        try:
            result = self._try("numpy", lent, {name: _as_numpy(torch, x) for name, x in kwargs.items()})
        finally:
            loan.is_taken = False
        if isinstance(result, tuple):
            return tuple(map(torch.from_numpy, result))
        return result if result is NotImplemented else torch.from_numpy(result)

    def _lend_to_cupy(self, first: Any, args: Any, kwargs: Any) -> Any:
        """The same for CUDA tensors, in the order of torch's own kernels."""
        import cupy

        torch = sys.modules["torch"]
        stream = torch.cuda.current_stream(first.device)
        with cupy.cuda.ExternalStream(stream.cuda_stream, first.device.index):
            lent = [_as_cupy(torch, cupy, x) for x in args]
            result = self._try("cupy", lent, {name: _as_cupy(torch, cupy, x) for name, x in kwargs.items()})
        if isinstance(result, tuple):
            return tuple(map(torch.from_dlpack, result))
        return result if result is NotImplemented else torch.from_dlpack(result)


def is_recorded(*operands: Any) -> bool:
    """Say whether torch records what is done to any of the operands, to take gradients."""
    torch = sys.modules["torch"]
    return torch.is_grad_enabled() and any(isinstance(x, torch.Tensor) and x.requires_grad for x in operands)


def can_share_memory(*operands: Any) -> bool:
    """Say whether the memory of the torch tensors among the operands is all there is to them, but for gradients."""
    torch = sys.modules["torch"]
    if torch._C._len_torch_dispatch_stack() or torch.autograd.forward_ad._current_level >= 0:
        return False
    return all(_is_plain(torch, x) for x in operands if isinstance(x, torch.Tensor))


def _is_plain(torch: Any, x: Any) -> bool:
    """Say whether the memory of a tensor is all there is to it, but for its gradient."""
    return (
        type(x) in (torch.Tensor, torch.nn.Parameter)
        and x.layout is torch.strided
        and x.dtype is not torch.bfloat16
        and not torch._C._functorch.is_functorch_wrapped_tensor(x)
    )


def _as_numpy(torch: Any, x: Any) -> Any:
    """View a CPU tensor as NumPy, axes as they are; other arguments pass."""
    if not isinstance(x, torch.Tensor):
        return x
    return (x.detach().resolve_neg() if x.is_neg() else x.detach()).numpy()


def _as_cupy(torch: Any, cupy: Any, x: Any) -> Any:
    """View a CUDA tensor as CuPy, axes as they are; other arguments pass."""
    return cupy.from_dlpack(x.detach()) if isinstance(x, torch.Tensor) else x


def _note(operation: str, body: Callable[..., Any]) -> None:
    bodies = _explanations.get()
    if bodies is not None:
        bodies.append((operation, f"{body.__module__}.{body.__name__}"))


@overload
def dispatched(reference: Callable[P, R]) -> Primitive[P, R]: ...


@overload
def dispatched(*, differentiable: bool) -> Callable[[Callable[P, R]], Primitive[P, R]]: ...


def dispatched(reference: Callable[P, R] | None = None, *, differentiable: bool = True) -> Any:
    """Declare a primitive by its reference body.

    Parameters
    ----------
    reference : function
        Written in the array API standard; the specification of the primitive.
    differentiable : bool
        Whether a torch tensor that requires gradients must stay with the reference body.

    Raises
    ------
    TypeError
        A primitive of this name exists.
    """
    if reference is None:
        return functools.partial(dispatched, differentiable=differentiable)
    if reference.__name__ in _primitives:
        raise TypeError(f"primitive must have a name of its own, got a second {reference.__name__!r}")
    primitive = Primitive(reference, differentiable=differentiable)
    _primitives[primitive.name] = primitive
    return primitive


def implements(primitive: Primitive[P, R], library: Library) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a faster body of `primitive`; bodies are tried in the order of registration.

    Raises
    ------
    TypeError
        Its parameters are not those of the reference body.
    """

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        wanted, got = _parameters(primitive.reference), _parameters(body)
        if wanted != got:
            raise TypeError(f"{body.__name__} must take {wanted} as {primitive.name} does, got {got}")
        primitive.bodies[library].append(body)
        return body

    return register


def _parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    return [(p.name, p.kind.description, p.default) for p in inspect.signature(function).parameters.values()]


def implementations() -> list[Implementation]:
    """List every faster body that has been registered."""
    return [
        Implementation(name, library, body)  # type: ignore[arg-type]
        for name, primitive in _primitives.items()
        for library, bodies in primitive.bodies.items()
        for body in bodies
    ]


def primitives() -> dict[str, Primitive[..., Any]]:
    """Return every primitive by name."""
    return dict(_primitives)


@contextlib.contextmanager
def reference_only() -> Iterator[None]:
    """Run reference bodies only, in this thread or task, inside the block."""
    token = _reference_only.set(True)
    try:
        yield
    finally:
        _reference_only.reset(token)


@contextlib.contextmanager
def explain() -> Iterator[list[tuple[str, str]]]:
    """Collect (operation, body) of every primitive that runs in this thread or task inside the block.

    Examples
    --------
    >>> from imgproc.filters import gaussian
    >>> with explain() as bodies:
    ...     _ = gaussian(np.zeros((9, 9), np.float32), 1.0)
    >>> [operation for operation, _ in bodies]
    ['correlate_separable']
    """
    bodies: list[tuple[str, str]] = []
    token = _explanations.set(bodies)
    try:
        yield bodies
    finally:
        _explanations.reset(token)


__all__ = [
    "Implementation",
    "Primitive",
    "dispatched",
    "explain",
    "implementations",
    "implements",
    "primitives",
    "reference_only",
]
