"""Pipelines: the numbers of the calls they stand for, in the caller's library, with errors that name the step."""

import contextlib
import multiprocessing
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproc import arrays, color, edges, filters, geometry, hough, morphology, pyramids
from imgproc.pipeline import Explanation, Pipeline, Step, from_yaml, step, to_yaml
from imgproc.testing import assert_same, images

torch = pytest.importorskip("torch")

TURN = geometry.similarity(0.9, 0.1, (3, -2))
STEPS = {
    "blur": step(filters.gaussian, sigma=1.2),
    "median": step(filters.median, size=3),
    "sharpen": step(filters.unsharp_mask, sigma=1, amount=0.5),
    "open": step(morphology.opening, footprint=morphology.disk(1)),
    "turn": step(geometry.warp, matrix=TURN, border="edge"),
    "keep": lambda image: image,
}


def steps() -> st.SearchStrategy[list]:
    """Some of STEPS, some of them on torch."""

    def place(name: str, on: str | None):
        made = STEPS[name]
        return (made.function, made.options, on) if isinstance(made, Step) else (made, {}, on)

    return st.lists(
        st.builds(place, st.sampled_from(sorted(STEPS)), st.sampled_from([None, "numpy", "torch"])), max_size=5
    )


def by_hand(image, chosen):
    for function, options, on in chosen:
        there = image if on is None else {"numpy": arrays.to_numpy, "torch": arrays.to_torch}[on](image)
        image = arrays.like(function(there, **options), image)
    return image


def piped(chosen) -> Pipeline:
    return Pipeline([(str(i), step(f, on=on, **options)) for i, (f, options, on) in enumerate(chosen)])


def photo(seed: int = 0, shape: tuple[int, ...] = (40, 56, 3)) -> np.ndarray:
    return filters.gaussian(np.random.default_rng(seed).integers(0, 256, shape, np.uint8), 1.0)


# what it gives


@given(image=images(dtype=["uint8", "float32"], min_size=3), chosen=steps())
def test_a_pipeline_gives_the_numbers_of_the_calls_written_out(image, chosen):
    assert_same(piped(chosen)(image), by_hand(image, chosen))


@given(image=images(dtype="uint8", min_size=3), chosen=steps(), cut=st.integers(0, 5))
def test_a_pipeline_of_two_pipelines_is_one(image, chosen, cut):
    nested = Pipeline([("first", piped(chosen[:cut])), ("rest", piped(chosen[cut:]))])
    assert_same(nested(image), piped(chosen)(image))


@given(image=images(dtype="uint8", layouts=("NHWC",), min_size=3), chosen=steps())
def test_a_batch_is_its_images_one_by_one(image, chosen):
    pipe = piped(chosen)
    assert_same(pipe(image), np.stack(pipe(list(image))))


def test_without_steps_a_pipeline_gives_what_it_is_given():
    image = photo()
    assert Pipeline([])(image) is image
    assert Pipeline([]).run(image) == {}
    assert repr(Pipeline([])) == "Pipeline([])"


def test_a_list_is_taken_image_by_image_whatever_the_sizes_and_libraries():
    pipe = Pipeline([("gray", step(color.rgb_to_gray, on="numpy"))])
    given_list = [photo(shape=(9, 9, 3)), arrays.to_torch(photo(shape=(7, 5, 3)))]
    first, second = pipe(given_list)
    assert (arrays.kind(first), first.shape) == ("numpy", (9, 9))
    assert (arrays.kind(second), tuple(second.shape)) == ("torch", (7, 5))
    assert pipe([]) == []


def test_a_path_goes_to_a_first_step_that_reads(tmp_path):
    from imgproc import io

    io.imwrite(tmp_path / "photo.png", photo())
    pipe = Pipeline([("read", io.imread), ("gray", color.rgb_to_gray)])
    assert_same(pipe(tmp_path / "photo.png"), color.rgb_to_gray(photo()))


# what moves, and when


def watch(seen: list[str]):
    def note(image):
        seen.append(f"{arrays.kind(image)} {tuple(image.shape)}")
        return image

    return note


def test_a_step_without_a_wish_gets_the_library_of_the_caller():
    seen: list[str] = []
    note = watch(seen)
    chain = [("a", note), ("b", step(note, on="torch")), ("c", note), ("d", step(note, on="numpy"))]
    Pipeline(chain)(photo())
    assert seen == ["numpy (40, 56, 3)", "torch (3, 40, 56)", "numpy (40, 56, 3)", "numpy (40, 56, 3)"]
    seen.clear()
    Pipeline(chain)(arrays.to_torch(photo()))
    assert seen == ["torch (3, 40, 56)"] * 3 + ["numpy (40, 56, 3)"]


def test_nothing_is_converted_between_steps_that_ask_for_one_library(monkeypatch):
    from imgproc.pipeline import borders

    calls: list[str] = []
    for name in ("to_numpy", "to_torch", "like"):
        whole = getattr(borders, name)
        monkeypatch.setattr(borders, name, lambda *a, _n=name, _w=whole, **k: (calls.append(_n), _w(*a, **k))[1])
    given_tensors: list[int] = []
    same = lambda x: (given_tensors.append(id(x)), x)[1]  # noqa: E731
    image = photo()
    Pipeline([(str(i), same) for i in range(3)])(image)
    assert calls == []
    given_tensors.clear()
    Pipeline([(str(i), step(same, on="torch")) for i in range(3)])(image)
    assert calls == ["to_torch"] * 3 + ["like"]
    assert len(set(given_tensors)) == 1


def test_arrays_share_their_memory_on_the_host():
    image = photo()
    assert np.shares_memory(Pipeline([("there", step(lambda x: x, on="torch"))])(image), image)


class Pair(NamedTuple):
    image: object
    name: str


def test_arrays_in_tuples_and_lists_come_back_and_other_objects_pass():
    image = photo()
    back = Pipeline([("there", step(lambda x: (x, [x, 2.5], Pair(x, "name"), None), on="torch"))])(image)
    assert type(back) is tuple
    assert all(isinstance(x, np.ndarray) and x.shape == image.shape for x in (back[0], back[1][0], back[2].image))
    assert back[1][1] == 2.5
    assert back[2].name == "name"
    assert type(back[2]) is Pair
    lines = Pipeline([("edges", edges.canny), ("lines", step(hough.hough_lines, on="torch"))])(image[..., 0])
    assert type(lines) is hough.Lines
    assert arrays.kind(lines.rho) == "torch"


def test_what_holds_no_array_to_convert_is_the_very_object():
    for made in ([1, (2, "three")], torch.Size([3, 4]), [photo()]):
        assert Pipeline([("make", lambda image, made=made: made)])(photo()) is made


def test_a_pyramid_goes_to_the_next_step_as_the_list_it_is():
    pipe = Pipeline([("levels", step(pyramids.laplacian_pyramid, levels=3)), ("back", pyramids.collapse)])
    image = photo().astype(np.float32)
    assert_same(pipe(image), image, absolute=1e-3)


def test_tensors_carry_gradients_through_the_steps():
    pipe = Pipeline(
        [("blur", step(filters.gaussian, sigma=1.0, on="torch")), ("turn", STEPS["turn"]), ("sum", torch.sum)]
    )
    image = torch.rand(1, 8, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(pipe, (image,))


def test_a_step_alone_gives_its_result_back_as_it_came():
    alone = step(filters.box, size=3, on="torch")
    assert_same(alone(photo()), filters.box(photo(), 3))
    assert arrays.kind(alone.apply(photo())) == "torch"


def test_arguments_by_position_and_by_name_follow_the_image():
    assert_same(step(filters.gaussian, 2, truncate=2)(photo()), filters.gaussian(photo(), 2, truncate=2))


# what run and explain tell


def outline() -> Pipeline:
    rest = [("edges", edges.canny), ("count", lambda mask: int(mask.sum()))]
    return Pipeline([("gray", color.rgb_to_gray), ("blur", step(filters.gaussian, sigma=1, on="torch")), *rest])


@given(keep=st.sets(st.sampled_from(["gray", "blur", "edges", "count"])))
def test_run_keeps_what_it_is_told_and_the_last(keep):
    kept = outline().run(photo(), keep=sorted(keep))
    assert set(kept) == keep | {"count"}
    whole = outline().run(photo())
    assert list(whole) == ["gray", "blur", "edges", "count"]
    for name, value in kept.items():
        assert_same(np.asarray(value), np.asarray(whole[name]))
        assert not isinstance(value, torch.Tensor)


def test_run_of_a_list_gives_a_list():
    assert [sorted(kept) for kept in outline().run([photo(), photo(1)], keep=["edges"])] == [["count", "edges"]] * 2


def test_explain_tells_of_every_step_what_it_gave():
    explanation = outline().explain(photo())
    assert isinstance(explanation, Explanation)
    facts = [(r.name, r.kind, r.shape, r.dtype, r.device) for r in explanation]
    assert facts == [
        ("gray", "numpy", (40, 56), "uint8", "cpu"),
        ("blur", "torch", (40, 56), "uint8", "cpu"),
        ("edges", "numpy", (40, 56), "bool", "cpu"),
        ("count", "int", None, None, None),
    ]
    assert all(r.seconds > 0 for r in explanation)
    assert Pipeline([("slopes", edges.sobel)]).explain(photo())[0].kind == "tuple of 2"
    table = str(explanation).splitlines()
    assert table[0].split() == ["step", "kind", "shape", "dtype", "time"]
    assert table[2].split()[:4] == ["blur", "torch", "40×56", "uint8"]
    assert table[-1].startswith("4 steps, ")
    assert len({len(line) for line in table[:-1]}) == 1


def test_the_text_of_a_pipeline_shows_its_steps_and_not_their_arrays():
    turn = Pipeline([("turn", step(geometry.warp, TURN, on="torch", device="cpu"))])
    assert repr(Pipeline([("inner", turn), ("edges", edges.canny)])) == (
        "Pipeline([\n    ('inner', Pipeline([\n"
        "        ('turn', step(warp, <numpy float64 (3, 3)>, on='torch', device='cpu')),\n    ])),\n"
        "    ('edges', canny),\n])"
    )


# errors


def test_an_error_keeps_its_type_and_names_the_step_and_what_it_was_given():
    class OwnError(RuntimeError):
        pass

    def fail(image):
        raise OwnError("no more")

    inner = Pipeline([("gray", color.rgb_to_gray), ("fail", step(fail, on="torch"))])
    with pytest.raises(OwnError, match="no more") as caught:
        Pipeline([("first", STEPS["blur"]), ("inner", inner)])([photo(), photo(1)])
    assert caught.value.__notes__ == [
        "in step 'fail' (2 of 2), given numpy uint8 (40, 56)",
        "in step 'inner' (2 of 2), given numpy uint8 (40, 56, 3)",
        "for images[0] of 2",
    ]


def test_an_error_of_run_and_of_explain_names_the_step_too():
    pipe = Pipeline([("keep", STEPS["keep"]), ("edges", edges.canny)])
    for call in (pipe, pipe.run, pipe.explain):
        with pytest.raises(ValueError, match="must be") as caught:
            call(photo())
        assert caught.value.__notes__ == ["in step 'edges' (2 of 2), given numpy uint8 (40, 56, 3)"]


@pytest.mark.parametrize(
    ("given_steps", "error", "message"),
    [
        ([("a", edges.canny), ("a", edges.canny)], ValueError, "names of steps must be unique, got 'a' 2 times"),
        ([("", edges.canny)], ValueError, "must not be empty"),
        ([(1, edges.canny)], TypeError, "must be strings, got 1"),
        ([("a", "canny")], TypeError, "step 'a' must be callable, got str"),
        ([edges.canny], TypeError, r"must be pairs \(name, callable\)"),
        ({"ab": edges.canny}, TypeError, r"must be pairs \(name, callable\), got 'ab'"),
    ],
)
def test_wrong_steps_are_refused(given_steps, error, message):
    with pytest.raises(error, match=message):
        Pipeline(given_steps)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: step(3), TypeError, "function must be callable, got int"),
        (lambda: step(filters.gaussian, on="jax"), ValueError, "on must be one of 'numpy', 'cupy', 'torch', got 'jax'"),
        (lambda: step(edges.canny, device="cuda"), ValueError, "device must be None unless on is 'torch'"),
        (lambda: step(filters.gaussian, 1, sigm=2), TypeError, "fit the parameters of gaussian, got 1, sigm=2: got an"),
        (lambda: step(filters.gaussian), TypeError, "gaussian, got none: missing a required argument: 'sigma'"),
        (lambda: outline().run(photo(), keep=["edge"]), ValueError, "keep must name steps of .*, got 'edge'"),
        (lambda: outline().run(photo(), keep="edges"), TypeError, "keep must be a sequence of names, got 'edges'"),
        (
            lambda: outline().explain([photo()]),
            TypeError,
            "must be one image or a batch to be explained, got list of 1",
        ),
        (lambda: step(str, on="numpy")("a.png"), TypeError, "must be an array to be handed over as 'numpy', got str"),
    ],
)
def test_wrong_calls_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


# workers


def sum_of(image) -> float:
    return float(image.sum())


def named() -> Pipeline:
    return Pipeline([("blur", STEPS["blur"]), ("turn", step(geometry.warp, TURN, on="torch")), ("sum", sum_of)])


def test_a_pipeline_of_named_functions_is_pickled():
    assert pickle.loads(pickle.dumps(named()))(photo()) == named()(photo())


def test_threads_share_a_pipeline():
    pipe, pictures = named(), [photo(i) for i in range(8)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(pipe, pictures)) == pipe(pictures)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning")
def test_a_pipeline_works_in_forked_workers():
    pipe, pictures = named(), [photo(i) for i in range(4)]
    expected = pipe(pictures)
    with multiprocessing.get_context("fork").Pool(2) as workers:
        assert workers.map(pipe, pictures) == expected


# YAML


TEXT = """
- name: smooth
  function: imgproc.filters:gaussian
  options: {sigma: 1.5, border: edge, truncate: 3e0}
  on: torch
  device: cpu
- name: inside
  steps:
    - {name: turn, function: "imgproc.geometry:warp", args: [[[1, 0, 2], [0, 1, 1], [0, 0, 1]]]}
    - {name: gray, function: "imgproc.color:rgb_to_gray"}
- {name: edges, function: "imgproc.edges:canny"}
"""


def test_a_pipeline_written_by_hand_is_read():
    by_text = from_yaml(TEXT)(photo())
    smooth = filters.gaussian(photo(), 1.5, border="edge", truncate=3)
    moved = geometry.warp(smooth, geometry.translation(2, 1))
    assert_same(by_text, edges.canny(color.rgb_to_gray(moved)))


def test_what_is_written_is_read_again():
    inner = Pipeline([("turn", step(geometry.warp, TURN, size=(30, 20)))])
    chain = [("inner", step(inner, on="torch")), ("open", STEPS["open"]), ("gray", color.rgb_to_gray)]
    pipe = Pipeline([*chain, ("blur", step(filters.box, np.int64(3), border="edge", fill=float(np.float32(0.1))))])
    text = to_yaml(pipe)
    assert_same(from_yaml(text)(photo()), pipe(photo()))
    assert to_yaml(from_yaml(text)) == text
    assert "imgproc.geometry:warp" in text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_every_plain_argument_survives(value):
    pipe = Pipeline([("on", Step(edges.canny, options={"mask": value}))])
    assert from_yaml(to_yaml(pipe)).steps[0][1].options == {"mask": value}


@pytest.mark.parametrize(
    "reference",
    [
        "os:system",
        "imgproc.io:os.system",
        "imgproc.filters:__builtins__",
        "imgproc.filters.gaussian:np",
        "imgproc.arrays:sys",
        "imgproc.pipeline.as_yaml:importlib",
        "imgproc._dispatch:dispatched",
        "imgproc.pipeline.as_yaml:_find_public",
        "imgproc:filters",
        "imgproc.pipeline:Pipeline",
        "imgproc.filters:nothing",
        "imgproc.nothing:gaussian",
        "imgprocs:gaussian",
        "imgproc.filters",
        "",
        7,
        ["imgproc.filters:gaussian"],
    ],
)
def test_only_public_functions_of_the_packages_are_taken(reference):
    import json

    with pytest.raises(ValueError, match="function must be public in a package of imgproc, deep, got"):
        from_yaml(f"[{{name: a, function: {json.dumps(reference)}}}]")


def test_functions_of_other_packages_are_taken_when_their_package_is_named():
    text = "[{name: a, function: 'tests.libraries:_available'}]"
    with pytest.raises(ValueError, match="got 'tests"):
        from_yaml(text, packages=("imgproc", "tests"))
    with pytest.raises(ValueError, match="must be public in a package of tests, got"):
        from_yaml("[{name: a, function: 'imgproc.edges:canny'}]", packages=("tests",))
    assert from_yaml("[{name: a, function: 'json:dumps'}]", packages=("json",))(3) == "3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("!!python/object/apply:os.system [exit]", "text must be plain YAML"),
        ("[&a [*a]]", "an alias"),
        ("!!timestamp 3", "text must be plain YAML"),
        ("!!int x", "text must be plain YAML"),
        ("[" * 5000, "text must be plain YAML"),
        ("{name: a", "text must be plain YAML"),
        ("", "steps must be a list of mappings, got None"),
        ("[canny]", "steps must be mappings with a name"),
        ("[{function: 'imgproc.edges:canny'}]", "steps must be mappings with a name"),
        ("[{name: a, function: 'imgproc.edges:canny', sigma: 2}]", "steps must be mappings with a name and keys of"),
        ("[{name: a, name: b}]", "the key 'name' 2 times"),
        ("[{name: a}]", "must have either a function or steps"),
        ("[{name: a, function: f, steps: []}]", "must have either a function or steps"),
        ("[{name: a, function: 'imgproc.edges:canny', args: 3}]", "args must be a list"),
        ("[{name: a, function: 'imgproc.edges:canny', options: {1: 2}}]", "options a mapping of names"),
        ("[{name: a, function: 'imgproc.edges:canny', on: [1]}]", "on must be one of"),
    ],
)
def test_text_that_is_no_pipeline_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        from_yaml(text)


@given(st.text() | st.text("[]{}:,-!&*'\"\n ab1.%@|>#~?"))
def test_any_text_is_a_pipeline_or_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert isinstance(from_yaml(text), Pipeline)


def test_on_is_a_word_and_numbers_are_numbers_as_in_yaml_1_2():
    from imgproc.pipeline.yaml_core import read_yaml, write_yaml

    assert read_yaml("{on: off, a: 1e-5, b: 010, c: 1:30, d: 2026-01-02, e: .inf, f: yes, g: true, h: ~, i: -3}") == {
        "on": "off", "a": 1e-5, "b": 10, "c": "1:30", "d": "2026-01-02", "e": np.inf, "f": "yes", "g": True,
        "h": None, "i": -3,
    }  # fmt: skip
    assert write_yaml({"on": ["no", "true", "1e5", 1e-5]}) == "on:\n- no\n- 'true'\n- '1e5'\n- 1.0e-05\n"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda image: image, "step 'a' must be a public function of an importable module"),
        (sum_of.__call__, "must be a public function"),
        (Pipeline, "must be a public function"),
        (step(filters.gaussian, object()), "arguments of step 'a' must be numbers, strings, lists or mappings"),
    ],
)
def test_what_has_no_name_is_not_written(function, message):
    with pytest.raises(ValueError, match=message):
        to_yaml(Pipeline([("a", function)]))


def test_yaml_is_of_a_text_and_of_a_pipeline():
    with pytest.raises(TypeError, match="text must be a str, got bytes"):
        from_yaml(b"[]")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="packages must be a sequence of names, got 'imgproc'"):
        from_yaml("[]", packages="imgproc")
    with pytest.raises(TypeError, match="pipeline must be a Pipeline, got list"):
        to_yaml([])  # type: ignore[arg-type]


# learned steps: a Predictor is a callable like any other


def test_a_mixed_pipeline_gives_the_numbers_of_the_calls_written_out():
    deep = pytest.importorskip("deep")
    torch.manual_seed(0)
    predict = deep.Predictor(deep.create_model("squeezenet1_1", num_classes=7), preprocess=deep.Preprocess(size=48))
    corners, square = [(5.0, 4.0), (50, 8), (46, 36), (3, 30)], [(0.0, 0.0), (47, 0), (47, 47), (0, 47)]
    H = geometry.estimate_transform("projective", np.array(corners), np.array(square))
    pipe = Pipeline([
        ("denoise", step(filters.bilateral, sigma_space=1.5, sigma_range=20)),
        ("edges", step(edges.gradient_magnitude, on="torch")),
        ("scale", lambda strength: np.minimum(strength / 64, 1)),
        ("rectify", step(geometry.warp, H, size=(48, 48), antialias=True)),
        ("classify", predict),
    ])  # fmt: skip
    for image in (photo(), np.stack([photo(), photo(1)])):
        strength = edges.gradient_magnitude(filters.bilateral(image, 1.5, 20))
        flat = geometry.warp(np.minimum(strength / 64, 1), H, size=(48, 48), antialias=True)
        found, expected = pipe(image), predict(flat)
        pairs = zip(found, expected, strict=True) if isinstance(found, list) else [(found, expected)]
        for one, other in pairs:
            assert_same(one.probabilities, other.probabilities)
            assert one.label == other.label
