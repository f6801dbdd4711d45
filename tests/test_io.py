"""imread and imwrite: nothing lost, nothing half done, and a clear refusal of whatever is not a whole picture."""

import io
import os
import signal
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageFile, ImageOps

from imgproc.io import imread, imwrite

ROOT = Path(__file__).resolve().parents[1]
COLORS = ("rgb", "gray", "unchanged")
TIFF_DTYPES = (
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
)
LOSSLESS = [(".png", "uint8"), (".png", "uint16"), (".bmp", "uint8"), *((".tiff", dtype) for dtype in TIFF_DTYPES)]
VIEWS = {
    "flipped": lambda image: image[::-1, ::-1],
    "sliced": lambda image: np.repeat(image, 2, axis=1)[:, ::2],
    "fortran": np.asfortranarray,
    "swapped": lambda image: image.astype(image.dtype.newbyteorder()),
    "read-only": lambda image: np.broadcast_to(image[:1], image.shape),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("io")


def images(dtype, channels=(None, 1, 3, 4)):
    sides = st.integers(1, 17)
    shapes = st.tuples(sides, sides, st.sampled_from(channels)).map(lambda s: s[:2] if s[2] is None else s)
    bits = f"uint{8 * np.dtype(dtype).itemsize}"  # every pattern of bits is a value, NaN included
    return shapes.flatmap(lambda shape: hnp.arrays(bits, shape)).map(lambda image: image.view(dtype))


def photo(height=48, width=61, channels=3, dtype=np.uint8):
    """A smooth ramp with noise: compressible, yet with something in every block."""
    rng = np.random.default_rng(height * width)
    rows, columns = np.mgrid[:height, :width]
    shape = (height, width, channels) if channels > 1 else (height, width)
    ramp = (rows + 2 * columns).reshape(height, width, *[1] * (len(shape) - 2)) % 200
    return (ramp + rng.integers(0, 40, shape)).astype(dtype)


def encoded(kind, image=None, **options):
    buffer = io.BytesIO()
    Image.fromarray(photo() if image is None else image).save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(image, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, image, **options)
    return buffer.getvalue()


SAMPLES = {
    "png": encoded("PNG"),
    "png palette": encoded("PNG", photo(channels=1) // 16, bits=4),
    "jpeg": encoded("JPEG"),
    "jpeg progressive": encoded("JPEG", progressive=True),
    "webp lossy": encoded("WEBP"),
    "webp lossless": encoded("WEBP", photo(channels=4), lossless=True),
    "bmp": encoded("BMP"),
    "gif": encoded("GIF"),
    "tiff": tiff(photo(dtype=np.uint16), photometric="rgb", rowsperstrip=7),
    "tiff lzw": encoded("TIFF", compression="tiff_lzw"),
    "tiff deflate": tiff(photo(channels=1, dtype=np.float32), compression="zlib", tile=(16, 16)),
    "tiff jpeg": encoded("TIFF", compression="jpeg"),
}


def read_or_refusal(data, **options):
    try:
        return imread(data, **options)
    except ValueError as error:
        if not str(error).startswith("source must "):
            raise
        return None


@pytest.mark.parametrize(("suffix", "dtype"), LOSSLESS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_lossless_formats_give_back_every_value(folder, suffix, dtype, data):
    image = data.draw(images(dtype, (None, 1, 3, 4) if suffix == ".bmp" else (None, 1, 2, 3, 4)))
    path = folder / f"{dtype}{suffix}"
    imwrite(path, image)
    back = imread(path, color="unchanged")
    assert back.dtype == image.dtype
    assert back.flags.c_contiguous
    assert back.flags.writeable
    np.testing.assert_array_equal(back, image[..., 0] if image.shape[2:] == (1,) else image)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@given(mask=hnp.arrays(bool, st.tuples(st.integers(1, 20), st.integers(1, 20))))
@settings(max_examples=25, deadline=None)
def test_masks_come_back_as_masks_and_as_black_and_white(folder, suffix, mask):
    path = folder / f"mask{suffix}"
    imwrite(path, mask)
    np.testing.assert_array_equal(imread(path, color="unchanged"), mask, strict=True)
    np.testing.assert_array_equal(imread(path, color="gray"), mask * np.uint8(255), strict=True)


@given(image=images("uint8", (3, 4)))
@settings(max_examples=25, deadline=None)
def test_webp_of_quality_100_is_lossless_even_below_full_transparency(folder, image):
    imwrite(folder / "exact.webp", image, quality=100)
    back = imread(folder / "exact.webp", color="unchanged")
    opaque = image.shape[2] == 4 and (image[..., 3] == 255).all()  # the encoder drops an alpha that says nothing
    np.testing.assert_array_equal(back, image[..., :3] if opaque and back.shape[2] == 3 else image)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.jpg", "a.webp"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_strides_and_byte_order_do_not_matter(tmp_path, name, dtype, view):
    if dtype == "uint16" and name[2:] not in ("png", "tif"):
        pytest.skip("the format holds 8 bits")
    image = VIEWS[view](photo(20, 30, dtype=dtype))
    before = image.copy()
    imwrite(tmp_path / name, image)
    imwrite(tmp_path / f"copy{name}", np.array(image, dtype, order="C"))
    assert (tmp_path / name).read_bytes() == (tmp_path / f"copy{name}").read_bytes()
    np.testing.assert_array_equal(image, before)


@given(rgb=st.sampled_from(["uint8", "uint16"]).flatmap(lambda dtype: images(dtype, (3,))))
@settings(max_examples=40, deadline=None)
def test_gray_is_the_exact_rec601_sum_rounded_half_to_even(folder, rgb):
    imwrite(folder / "color.png", rgb)
    gray = imread(folder / "color.png", color="gray")
    exact = [round(Fraction(299 * int(r) + 587 * int(g) + 114 * int(b), 1000)) for r, g, b in rgb.reshape(-1, 3)]
    assert gray.ravel().tolist() == exact


@given(image=images("uint16", (None, 2)))
@settings(max_examples=25, deadline=None)
def test_gray_files_are_replicated_and_their_alpha_dropped(folder, image):
    imwrite(folder / "gray.png", image)
    gray = image if image.ndim == 2 else image[..., 0]
    np.testing.assert_array_equal(imread(folder / "gray.png"), np.stack([gray] * 3, axis=2), strict=True)
    np.testing.assert_array_equal(imread(folder / "gray.png", color="gray"), gray, strict=True)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_cut_anywhere_is_refused_or_whole(kind):
    data = SAMPLES[kind]
    whole = imread(data, color="unchanged")
    rng = np.random.default_rng(0)
    for length in {*rng.integers(0, len(data), 150).tolist(), *range(len(data) - 20, len(data)), *range(60)}:
        cut = read_or_refusal(data[:length], color="unchanged")
        assert cut is None or np.array_equal(cut, whole), length


@pytest.mark.parametrize("kind", SAMPLES)
def test_damaged_bytes_give_an_array_or_a_refusal_and_nothing_else(kind):
    rng = np.random.default_rng(1)
    headers = 200  # most of what a parser believes lies here
    for trial in range(300):
        damaged = bytearray(SAMPLES[kind])
        reach = len(damaged) if trial % 2 else headers
        for position in rng.integers(0, reach, rng.integers(1, 4)):
            damaged[position] = rng.integers(0, 256)
        result = read_or_refusal(bytes(damaged), color=COLORS[trial % 3], max_pixels=1 << 20)
        assert result is None or isinstance(result, np.ndarray)


@given(data=st.binary(max_size=200), start=st.sampled_from([b"", *(sample[:16] for sample in SAMPLES.values())]))
@settings(max_examples=300, deadline=None)
def test_noise_behind_a_true_signature_is_refused(data, start):
    assert read_or_refusal(start + data, max_pixels=1 << 20) is None


@pytest.mark.parametrize("kind", ["png", "png palette"])
def test_any_changed_byte_of_a_png_is_noticed(kind):
    for position in range(len(SAMPLES[kind])):
        damaged = bytearray(SAMPLES[kind])
        damaged[position] ^= 1 << position % 8
        assert read_or_refusal(bytes(damaged)) is None, position


@pytest.mark.parametrize("kind", SAMPLES)
def test_eight_threads_read_what_one_reads(kind):
    whole = imread(SAMPLES[kind])
    with ThreadPoolExecutor(8) as pool:
        for result in pool.map(imread, [SAMPLES[kind]] * 24):
            np.testing.assert_array_equal(result, whole)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("color", COLORS)
def test_every_orientation_is_turned_upright(kind, orientation, color):
    exif = Image.Exif()
    exif[274] = orientation
    data = encoded(kind, photo(16, 24), exif=exif.tobytes() if kind != "TIFF" else exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    result = imread(data, color=color)
    assert result.shape[:2] == ((24, 16) if orientation > 4 else (16, 24))
    if color != "gray":
        np.testing.assert_array_equal(result, upright)


def test_gray_of_one_red_pixel_is_76(folder):
    imwrite(folder / "red.png", np.array([[[255, 0, 0]]], np.uint8))  # 0.299 * 255 = 76.245
    assert imread(folder / "red.png", color="gray").tolist() == [[76]]


def test_sources_may_be_paths_bytes_and_files_which_stay_open(folder):
    path, image = folder / "source.png", photo()
    imwrite(path, image)
    data = path.read_bytes()
    for source in (path, str(path), data, bytearray(data), memoryview(data)):
        np.testing.assert_array_equal(imread(source), image)
    with open(path, "rb") as file:
        np.testing.assert_array_equal(imread(file), image)
        assert not file.closed
    behind_prefix = io.BytesIO(b"prefix" + data)
    behind_prefix.seek(6)
    np.testing.assert_array_equal(imread(behind_prefix), image)


def hostile_tiff(width, height, count):
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, count)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4)


def claimed_png(width, height):
    """A PNG of no pixels whose header, checksum included, claims width x height."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    )
    parts = (struct.pack(">I", len(c)) + name + c + struct.pack(">I", zlib.crc32(name + c)) for name, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


BOMBS = {
    "png": claimed_png(100_000, 100_000),
    "png short": claimed_png(13_000, 13_000),
    "gif": b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + bytes(20),
    "bmp": b"BM" + struct.pack("<IIIIiiHHI", 54, 0, 54, 40, 100_000, -100_000, 1, 24, 0) + bytes(20),
    "jpeg": SAMPLES["jpeg"].replace(struct.pack(">HH", 48, 61), b"\xff\xff\xff\xff"),
    "jpeg short": SAMPLES["jpeg"].replace(struct.pack(">HH", 48, 61), struct.pack(">HH", 13_000, 13_000)),
    "webp": b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff" * 6,
    "tiff": hostile_tiff(100_000, 100_000, 100),
    "tiff strips": hostile_tiff(13_000, 13_000, 4_000_000_000),
    "tiff short": hostile_tiff(13_000, 13_000, 100),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_at_once_and_without_memory(kind):
    read_or_refusal(SAMPLES["png"])  # the decoders' own imports
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(ValueError, match="source must"):
        imread(BOMBS[kind])
    elapsed, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert elapsed < 1
    assert peak < 1 << 20


@pytest.mark.parametrize("kind", SAMPLES)
def test_max_pixels_is_the_callers_word(kind, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)  # Pillow's own limit must not matter
    assert imread(SAMPLES[kind], max_pixels=48 * 61).shape == (48, 61, 3)
    with pytest.raises(ValueError, match=r"max_pixels=2927 pixels, got 61 x 48 in \d+ bytes"):
        imread(SAMPLES[kind], max_pixels=48 * 61 - 1)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_lenient_pillow_does_not_make_reading_lenient(kind, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    data = SAMPLES[kind]
    assert read_or_refusal(data[: len(data) // 2]) is None


def test_refusals_name_the_source_and_the_reason(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not an image at all")
    with pytest.raises(FileNotFoundError):
        imread(tmp_path / "missing.png")
    for name, reason in {"": "got a directory", "empty.png": "got no bytes", "text.png": "got unknown content"}.items():
        with pytest.raises(ValueError, match=f"source must .*{reason}.* in '.*{name}'"):
            imread(tmp_path / name)


@pytest.mark.parametrize(
    ("source", "options", "error"),
    [
        (3, {}, TypeError),
        (np.zeros((2, 2)), {}, TypeError),
        (io.StringIO("text"), {}, TypeError),
        (SAMPLES["png"], {"color": "bgr"}, ValueError),
        (SAMPLES["png"], {"max_pixels": 0}, ValueError),
        (SAMPLES["png"], {"max_pixels": 1.5}, TypeError),
        (tiff(np.zeros((4, 4), np.complex64)), {}, ValueError),
        (tiff(photo(), photometric="cielab"), {}, ValueError),
    ],
)
def test_wrong_arguments_and_kinds_are_refused(source, options, error):
    with pytest.raises(error, match="must"):
        imread(source, **options)


@pytest.mark.parametrize(
    ("name", "image", "error", "reason"),
    [
        ("a.gif", photo(), ValueError, "path must end in one of .bmp, .jpeg"),
        ("plain", photo(), ValueError, "path must end in one of"),
        ("a.png", photo().astype(np.float32), ValueError, "arrays.to_uint8"),
        ("a.bmp", photo().astype(np.uint16), ValueError, "got uint16"),
        ("a.jpg", photo() > 9, ValueError, "got bool"),
        ("a.jpg", photo(channels=4), ValueError, "no alpha"),
        ("a.jpg", photo(1, 70_000), ValueError, "limits of .jpg"),
        ("a.webp", photo(1, 17_000), ValueError, "16383"),
        ("a.png", photo(channels=5), ValueError, r"got shape \(48, 61, 5\)"),
        ("a.png", np.zeros((0, 4), np.uint8), ValueError, "not empty"),
        ("a.png", np.zeros(4, np.uint8), ValueError, r"got shape \(4,\)"),
        ("a.tif", np.zeros((4, 4), complex), TypeError, "got complex128"),
        ("a.tif", np.zeros((4, 4), object), TypeError, "got object"),
        ("a.png", [[1, 2]], TypeError, "arrays.to_numpy.*got builtins.list"),
        ("missing/a.png", photo(), FileNotFoundError, "existing folder"),
    ],
)
def test_imwrite_refuses_what_the_format_cannot_hold(tmp_path, name, image, error, reason):
    with pytest.raises(error, match=reason):
        imwrite(tmp_path / name, image)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_quality_runs_from_1_to_100(tmp_path, quality):
    with pytest.raises(ValueError, match=f"quality must be from 1 to 100, got {quality}"):
        imwrite(tmp_path / "a.jpg", photo(), quality=quality)


def test_tensors_are_sent_to_the_converter(tmp_path):
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"arrays.to_numpy.*got torch\.Tensor"):
        imwrite(tmp_path / "a.png", torch.zeros(3, 4, 4))


WRITER = """
import sys, numpy as np
from imgproc.io import imwrite
a = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
imwrite(sys.argv[1], a); print("ready", flush=True)
while True:
    imwrite(sys.argv[1], 255 - a); imwrite(sys.argv[1], a)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "target.png"
    first = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    for delay in np.random.default_rng(1).uniform(0, 0.03, 8):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
            process.stdout.readline()
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        written = imread(path)
        assert np.array_equal(written, first) or np.array_equal(written, 255 - first)


def test_a_failed_write_keeps_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "kept.png"
    imwrite(path, photo())
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        imwrite(path, 255 - photo())
    np.testing.assert_array_equal(imread(path), photo())
    assert os.listdir(tmp_path) == ["kept.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_new_files_follow_the_umask_and_old_ones_keep_their_mode(tmp_path):
    before = os.umask(0o027)
    try:
        imwrite(tmp_path / "new.png", photo())
        assert (tmp_path / "new.png").stat().st_mode & 0o777 == 0o640
        (tmp_path / "new.png").chmod(0o604)
        imwrite(tmp_path / "new.png", 255 - photo())
    finally:
        os.umask(before)
    assert (tmp_path / "new.png").stat().st_mode & 0o777 == 0o604


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights")
def test_a_link_is_followed_and_stays_a_link(tmp_path):
    imwrite(tmp_path / "real.png", photo())
    (tmp_path / "link.png").symlink_to("real.png")
    imwrite(tmp_path / "link.png", 255 - photo())
    assert (tmp_path / "link.png").is_symlink()
    np.testing.assert_array_equal(imread(tmp_path / "real.png"), 255 - photo())
    (tmp_path / "null.png").symlink_to(os.devnull)
    with pytest.raises(ValueError, match="regular file"):
        imwrite(tmp_path / "null.png", photo())


def test_importing_io_loads_no_codec():
    code = "import sys, imgproc.io; print([m for m in ('cv2', 'PIL', 'tifffile', 'scipy') if m in sys.modules])"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert result.stdout.strip() == "[]"
