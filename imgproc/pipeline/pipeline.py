"""Steps in a row."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from imgproc._array.kinds import describe_type
from imgproc.pipeline.borders import bring_back, describe
from imgproc.pipeline.explanation import Explanation, report, wait_for_devices
from imgproc.pipeline.step import Step, name_of


@dataclass(frozen=True, eq=False, repr=False)
class Pipeline:
    """Functions of one argument, each given the result of the one before; itself such a function.

    Parameters
    ----------
    steps : sequence of (name, callable)
        Names are unique. Where a function has more arguments, or wants its image in a certain library, `step` says so.
        Without steps the pipeline gives what it is given.

    Raises
    ------
    TypeError
        An element of `steps` is no pair of a name and a callable.
    ValueError
        A name is empty or comes twice.

    Notes
    -----
    A step gets its image in the library, the layout and on the device of the caller's, or as `step(..., on=...)` says.
    A result stays where it was made until something else is asked for: by the next step, by `run`, which keeps it, or
    by the end, where all is brought back. Converted are an array and each array in a tuple or a list; arrays of three
    and four axes are taken for images. Any other object (`Lines`, `Classification`, a number) is handed on as it is.
    Where the caller's image is no array, but a path for a step that reads, nothing is brought back.

    A batch is an array as any other. A list of images is taken image by image, and gives a list.

    An exception of a step leaves with its own type, and a note that names the step and what it was given.

    Pipelines hold no state: threads may share one, and it can be pickled if its functions can. Differentiable where
    all steps are, as long as tensors stay tensors.

    Examples
    --------
    >>> from imgproc import edges, filters
    >>> from imgproc.pipeline import step
    >>> outline = Pipeline([("smooth", step(filters.gaussian, sigma=2, on="torch")), ("edges", edges.canny)])
    >>> outline
    Pipeline([
        ('smooth', step(gaussian, sigma=2, on='torch')),
        ('edges', canny),
    ])
    >>> image = np.zeros((32, 48), np.uint8)
    >>> outline(image).dtype
    dtype('bool')
    >>> [(seen.name, seen.kind, seen.dtype) for seen in outline.explain(image)]
    [('smooth', 'torch', 'uint8'), ('edges', 'numpy', 'bool')]
    """

    steps: Sequence[tuple[str, Callable[..., Any]]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(_check_step(pair) for pair in self.steps))
        names = [name for name, _ in self.steps]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"names of steps must be unique, got {name!r} {names.count(name)} times")

    def __call__(self, image: Any) -> Any:
        """Give the result of the last step.

        Parameters
        ----------
        image : image or batch of any kind, a list of them, or whatever the first step takes

        Returns
        -------
        what the last step gives, in the library of `image`; a list for a list
        """
        if isinstance(image, list):
            return _map(self, image)
        last = image
        for _, result in self._results(image):
            last = result
        return bring_back(last, image)

    def run(self, image: Any, *, keep: Sequence[str] | None = None) -> Any:
        """Give the results of several steps by name.

        Parameters
        ----------
        image : as for a call
        keep : names of steps, optional
            Whose results are kept besides that of the last step; all by default.

        Returns
        -------
        dict, in the order of the steps
            In the library of `image`. A list of dicts for a list of images.

        Raises
        ------
        TypeError
            `keep` is no sequence of names.
        ValueError
            A name in `keep` is none of a step.
        """
        names = [name for name, _ in self.steps]
        if isinstance(keep, str):
            raise TypeError(f"keep must be a sequence of names, got {keep!r}")
        for name in keep or ():
            if name not in names:
                raise ValueError(f"keep must name steps of {names}, got {name!r}")
        if isinstance(image, list):
            return _map(lambda one: self.run(one, keep=keep), image)
        wanted = names if keep is None else {*keep, *names[-1:]}
        return {name: bring_back(result, image) for name, result in self._results(image) if name in wanted}

    def explain(self, image: Any) -> Explanation:
        """Run once, and tell of each step what it gave and how long it took.

        Parameters
        ----------
        image : as for a call, but no list

        Returns
        -------
        Explanation
            A `StepReport` for each step; prints as a table. The first run includes what is compiled or loaded then.

        Raises
        ------
        TypeError
            `image` is a list.
        """
        if isinstance(image, list):
            raise TypeError(f"image must be one image or a batch to be explained, got {describe(image)}")
        reports = []
        wait_for_devices(image)
        start = time.perf_counter()
        for name, result in self._results(image):
            wait_for_devices(result)
            reports.append(report(name, result, time.perf_counter() - start))
            start = time.perf_counter()
        return Explanation(reports)

    def _results(self, image: Any) -> Iterator[tuple[str, Any]]:
        """Run step by step; results lie where they were made."""
        result = image
        for number, (name, function) in enumerate(self.steps, 1):
            try:
                if isinstance(function, Step) and function.on is not None:
                    result = function.apply(result)
                else:
                    result = bring_back(result, image)
                    result = function(result)
            except Exception as error:
                error.add_note(f"in step {name!r} ({number} of {len(self.steps)}), given {describe(result)}")
                raise
            yield name, result

    def __repr__(self) -> str:
        if not self.steps:
            return "Pipeline([])"
        lines = [f"({name!r}, {_written(function)})," for name, function in self.steps]
        return "\n".join(["Pipeline([", *("    " + line.replace("\n", "\n    ") for line in lines), "])"])


def _check_step(pair: Any) -> tuple[str, Callable[..., Any]]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"steps must be pairs (name, callable), got {pair!r}")
    name, function = pair
    if not isinstance(name, str):
        raise TypeError(f"names of steps must be strings, got {name!r}")
    if not name:
        raise ValueError("names of steps must not be empty, got ''")
    if not callable(function):
        raise TypeError(f"step {name!r} must be callable, got {describe_type(function)}")
    return name, function


def _map(function: Callable[[Any], Any], images: list[Any]) -> list[Any]:
    results = []
    for index, image in enumerate(images):
        try:
            results.append(function(image))
        except Exception as error:
            error.add_note(f"for images[{index}] of {len(images)}")
            raise
    return results


def _written(function: Callable[..., Any]) -> str:
    return repr(function) if isinstance(function, Step | Pipeline) else name_of(function)
