"""MNIST: 70,000 handwritten digits, read from the four official idx files."""

import gzip
import hashlib
import math
import struct
import zlib
from functools import partial

import numpy as np

from tinytorch.datasets.folder import folder_of, ways_out
from tinytorch.datasets.images import LabelledImages, whether_to_train

# name of the file -> (shape of its array, SHA-256 of the unpacked file)
FILES = {
    "train-images-idx3-ubyte": ((60000, 28, 28), "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": ((60000,), "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": ((10000, 28, 28), "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": ((10000,), "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}

YOURS = "its four idx files (as they are or as .gz)"

# Where the four files lie, with .gz. The site of the dataset is the last: it asks not to be used by programs, and
# has refused them since 2024 (github.com/pytorch/vision/issues/8568). The first is PyTorch's own, the second
# TensorFlow's. Whatever they send is verified.
MIRRORS = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
]


class MNIST(LabelledImages):
    """60,000 digits to train on, or 10,000 to test on; 28x28 uint8.

    The idx files, as they are or as .gz, lie in `root`, by default in $TINYTORCH_DATA/mnist, or without this
    variable in a cache folder of the user. With download=True those that are missing are fetched (11 MB in all).
    Missing files are a FileNotFoundError that says where they were looked for, damaged ones a ValueError.
    """

    def __init__(self, train=True, root=None, download=False):
        part, folder = "train" if whether_to_train(train) else "t10k", folder_of("mnist", root)
        if download:
            _download(folder)
        super().__init__(_read(folder, f"{part}-images-idx3-ubyte"), _read(folder, f"{part}-labels-idx1-ubyte"))


def _download(folder):
    """Fetch the files that are missing."""
    from tinytorch.datasets.download import alone, fetch  # here: its imports cost more than all others

    if all(_find(folder, name) for name in FILES):
        return  # such a folder need not be writable
    with alone(folder):
        for name in (name for name in FILES if not _find(folder, name)):
            urls, verify = [f"{mirror}{name}.gz" for mirror in MIRRORS], partial(_unpacked, name, gzip.open)
            fetch(urls, folder / f"{name}.gz", verify, 2 * _size(name) + 1000, ways_out(folder, YOURS))


def _read(folder, name):
    """The array in one idx file: a big-endian header (magic number, then the sizes), then the bytes."""
    path = _find(folder, name)
    if path is None:
        raise FileNotFoundError(
            f"MNIST is not in {folder}: there is neither {name} nor {name}.gz. To download it (11 MB): "
            f"python -m tinytorch.datasets mnist. {ways_out(folder, YOURS)}"
        )
    try:
        content = _unpacked(name, gzip.open if path.suffix == ".gz" else open, path)
    except ValueError as problem:
        raise ValueError(f"{path} is damaged: {problem}") from problem
    shape, _ = FILES[name]
    array = np.frombuffer(content, np.uint8, offset=len(_header(name))).reshape(shape)
    return array.copy()  # a copy can be written to


def _find(folder, name):
    """The file, under the names that it has in the archives that are passed on, and where PyTorch puts it."""
    names = [f"{known}{end}" for known in (name, name.replace("-idx", ".idx")) for end in ("", ".gz")]
    places = [folder, folder / "MNIST/raw", folder / "raw"]
    return next((place / found for place in places for found in names if (place / found).is_file()), None)


def _header(name):
    shape, _ = FILES[name]
    return struct.pack(f">{1 + len(shape)}i", 0x0800 + len(shape), *shape)


def _size(name):
    """Bytes of the unpacked file."""
    return len(_header(name)) + math.prod(FILES[name][0])


def _unpacked(name, opened, path):
    """The content of an idx file; ValueError if it is not that of the official one."""
    size, header = _size(name), _header(name)
    try:
        with opened(path, "rb") as file:
            content = file.read(size + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise ValueError(str(problem)) from problem
    if not content.startswith(header):
        raise ValueError(f"it is not MNIST's {name}, starts with {content[:16].hex()}, wanted {header.hex()}")
    if len(content) != size:
        found = f"{len(content):,}" if len(content) < size else "more"
        raise ValueError(f"{found} bytes unpacked, wanted {size:,}")
    found = hashlib.sha256(content).hexdigest()
    if found != FILES[name][1]:
        raise ValueError(f"its SHA-256 unpacked is {found[:12]}..., wanted {FILES[name][1][:12]}...")
    return content
