"""The machinery of dispatch: bodies agree, choose as they should, cost little, and survive threads and forks."""

import asyncio
import os
import threading
import time

import numpy as np
import pytest

from imgproc import edges, filters
from imgproc._dispatch import Primitive, dispatched, explain, implementations, implements, primitives, reference_only
from imgproc.primitives import _bands
from imgproc.primitives._bands import run_bands
from tests.contracts.calls import call, function, operands, shapes_for, takes
from tests.contracts.parameters import PARAMETERS, plain
from tests.contracts.registry import EXAMPLES
from tests.libraries import LIBRARIES, Library


def test_the_registry_of_examples_runs_every_fast_body():
    """With the comparison of every library against the reference body, this is the parity of all bodies."""
    available = {str(library) for library in LIBRARIES}
    ran = set()
    for name, example in EXAMPLES.items():
        for library in (x for x in LIBRARIES if takes(example, x)):
            with explain() as bodies:
                for shape in shapes_for(example):
                    for dtype in ("bool", "uint8", "uint16", "float32", "float64"):
                        call(name, [library.make(x) for x in operands(example, dtype, shape)])
            ran |= set(bodies)
    for name, example in PARAMETERS.items():
        for library in (x for x in LIBRARIES if x.name != "strict" and not (example.host_only and x.name == "cupy")):
            with explain() as bodies:
                numbers = example.operands(np.random.default_rng(0))
                function(name)(*example.leading, *(plain(library, x) for x in numbers), **example.options)
            ran |= set(bodies)
    bodies = [i for i in implementations() if i.library in available]
    wanted = {(i.operation, f"{i.body.__module__}.{i.body.__name__}") for i in bodies}
    held_elsewhere = {
        "imgproc.primitives.correlate._full_fft",  # needs size: tests/test_convolve.py
        "imgproc.primitives.detect_edges._detect_numba",  # needs thresholds: tests/test_canny.py
        "imgproc.primitives.zero_crossings._sum_crossings_numba",  # needs a large image: tests/test_laplacian.py
        "imgproc.primitives.cosine_transform._transform_opencv",  # needs even sides: tests/test_dct.py
        "imgproc.primitives.refit_transform._fit_numba",  # needs a kind up to affine: tests/test_ransac_transform.py
        "imgproc.primitives.nearest_rows._nearest_bits_numba",  # needs packed bits: tests/test_match.py
        "imgproc.primitives.disparity._block_numba",  # needs another method: tests/test_disparity.py
        "imgproc.primitives.disparity._block_cuda",
        "imgproc.primitives.resample_windows._resample_windows_numba",  # serves batches of deep: tests/test_resize.py
        "imgproc.primitives.cell_means._cell_means_numba",  # need many points: tests/test_kmeans.py
        "imgproc.primitives.joined_clusters._move_and_join_numba",
        "imgproc.primitives.sample._sample_recorded",  # need gradients: tests/test_sample_gradients.py
        "imgproc.primitives.sample._sample_projected_recorded",
        "imgproc.primitives.structural_similarity._similarity_recorded",  # the same: tests/test_ssim_gradients.py
    }
    assert {w for w in wanted - ran if w[1] not in held_elsewhere} == set()


def test_other_parameters_than_the_reference_body_are_a_type_error():
    primitive = Primitive(lambda image, axis: image, differentiable=True)
    with pytest.raises(TypeError, match="must take"):
        implements(primitive, "numpy")(lambda image, axes: image)


def test_a_second_primitive_of_one_name_is_a_type_error():
    assert "magnitude" in primitives()
    with pytest.raises(TypeError, match="name of its own"):

        @dispatched
        def magnitude(gx, gy):
            return gx


def test_a_body_that_declines_leaves_the_work_to_the_reference():
    primitive = Primitive(lambda image: image + 1, differentiable=True)
    implements(primitive, "numpy")(lambda image: NotImplemented)
    with explain() as bodies:
        assert primitive(np.zeros(1)) == 1
    assert len(bodies) == 1


def test_reference_only_and_explain_hold_for_this_thread_alone():
    image = np.zeros((8, 8), np.float32)
    seen: list = []

    def elsewhere() -> None:
        with explain() as bodies:
            filters.gaussian(image, 1.0)
        seen.extend(bodies)

    with reference_only(), explain() as here:
        filters.gaussian(image, 1.0)
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert here[0][1].endswith(".correlate_separable")
    assert seen[0][1].endswith("._separable_numba")


def test_explain_holds_for_one_task_alone():
    async def work(sigma: float) -> int:
        with explain() as bodies:
            await asyncio.sleep(0)
            for _ in range(int(sigma)):
                filters.gaussian(np.zeros((4, 4)), sigma)
                await asyncio.sleep(0)
        return len(bodies)

    async def both() -> list[int]:
        return await asyncio.gather(work(1.0), work(3.0))

    assert asyncio.run(both()) == [1, 3]


def test_bands_cover_every_row_once_for_any_height():
    for rows in (1, 2, 3, 7, 64, 1001):
        counts = np.zeros(rows, int)

        def work(first: int, last: int) -> None:
            counts[first:last] += 1  # noqa: B023

        run_bands(work, rows, cost=1 << 30)
        np.testing.assert_array_equal(counts, 1)


def test_bands_of_work_on_a_band_stay_in_its_thread():
    inner: list[bool] = []

    def work(first: int, last: int) -> None:
        me = threading.get_ident()
        for _ in range(first, last):
            run_bands(lambda top, bottom: inner.append(threading.get_ident() == me and bottom == 10), 10, cost=1 << 30)

    run_bands(work, 16, cost=1 << 30, least_rows=1)
    assert inner == [True] * 16


def test_beside_torch_a_second_thread_takes_more_work(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(_bands, "thread_count", lambda: 2)
    primitive, bands = Primitive(lambda image: image, differentiable=False), []

    def body(image):
        run_bands(lambda first, last: bands.append((first, last)), 10, cost=2 * _bands._SERIAL_BELOW)
        return image

    implements(primitive, "numpy")(body)
    primitive(torch.zeros(2, 2))
    assert bands == [(0, 10)]
    primitive(np.zeros((2, 2)))
    assert sorted(bands[1:]) == [(0, 5), (5, 10)]


def test_an_error_in_any_band_reaches_the_caller():
    def work(first: int, last: int) -> None:
        if last == 100:
            raise ValueError("last band")

    with pytest.raises(ValueError, match="last band"):
        run_bands(work, 100, cost=1 << 30)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_call_fork_call_works():
    image = np.random.default_rng(0).random((300, 300)).astype(np.float32)
    before = edges.canny(image)
    child = os.fork()
    if child == 0:
        same = np.array_equal(edges.canny(image), before)
        os._exit(0 if same else 1)
    assert _exit_status(child, seconds=60) == 0
    np.testing.assert_array_equal(edges.canny(image), before)


def _exit_status(child: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    raise TimeoutError("the child hangs")


def test_a_plain_tensor_is_lent_without_a_copy_and_the_result_owns_its_memory():
    torch = pytest.importorskip("torch")
    primitive = Primitive(lambda image: image, differentiable=True)
    implements(primitive, "numpy")(lambda image: image)
    tensor = torch.zeros(3, 4, 5)
    assert primitive(tensor).data_ptr() == tensor.data_ptr()


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_transfer_and_no_wait_hides_in_a_call_on_the_device(name: str):
    guard = pytest.importorskip("cupy_on_cpu.guard")
    cupy = Library("cupy")
    example = EXAMPLES[name]
    if not takes(example, cupy):
        return
    for dtype in ("bool", "uint8", "int32", "float32"):
        for shape in shapes_for(example):
            pictures = [cupy.make(x) for x in operands(example, dtype, shape)]
            with guard.no_transfers(explicit_bytes=1 << 16, allow=example.waits, synchronise=example.syncs > 0):
                call(name, pictures)
