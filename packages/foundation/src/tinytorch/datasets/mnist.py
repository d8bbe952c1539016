"""MNIST: 70,000 handwritten digits, read from the four official idx files."""

import gzip
import hashlib
import os
import struct
import zlib
from pathlib import Path

import numpy as np

from tinytorch.datasets.images import LabelledImages

# name of the file -> (shape of its array, MD5 of the unpacked file)
FILES = {
    "train-images-idx3-ubyte": ((60000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    "train-labels-idx1-ubyte": ((60000,), "a25bea736e30d166cdddb491f175f624"),
    "t10k-images-idx3-ubyte": ((10000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
    "t10k-labels-idx1-ubyte": ((10000,), "27ae3e4e09519cfbb04c329615203637"),
}


class MNIST(LabelledImages):
    """60,000 digits to train on, or 10,000 to test on; 28x28 uint8.

    The idx files, as they are or as .gz, lie in `root`, by default in $TINYTORCH_DATA/mnist. Missing files
    are a FileNotFoundError that says where they were looked for, damaged ones a ValueError.
    """

    def __init__(self, train=True, root=None):
        folder = _folder(root)
        part = "train" if train else "t10k"
        super().__init__(
            _read(folder, f"{part}-images-idx3-ubyte"), _read(folder, f"{part}-labels-idx1-ubyte")
        )


def _folder(root):
    if root is not None:
        return Path(root)
    if os.environ.get("TINYTORCH_DATA"):
        return Path(os.environ["TINYTORCH_DATA"]) / "mnist"
    raise FileNotFoundError(
        "MNIST does not come with TinyTorch. Put its four idx files (as they are or as .gz) into a folder "
        "`mnist` and set the environment variable TINYTORCH_DATA to the folder around it, or pass "
        "MNIST(root=...). TinyDigits needs no files."
    )


def _read(folder, name):
    """The array in one idx file: a big-endian header (magic number, then the sizes), then the bytes."""
    path = _find(folder, name)
    shape, md5 = FILES[name]
    content = _unpack(path)
    header = struct.pack(f">{1 + len(shape)}i", 0x0800 + len(shape), *shape)
    if not content.startswith(header):
        raise ValueError(
            f"{path} is not MNIST's {name}: it starts with {content[:16].hex()}, wanted {header.hex()}"
        )
    size = len(header) + int(np.prod(shape))
    if len(content) != size:
        raise ValueError(f"{path} is damaged: {len(content):,} bytes unpacked, wanted {size:,}")
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise ValueError(f"{path} is damaged: its MD5 unpacked is {found}, wanted {md5}")
    return (
        np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape).copy()
    )  # a copy can be written to


def _find(folder, name):
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"MNIST is not in {folder}: there is neither {name} nor {name}.gz.")


def _unpack(path):
    if path.suffix != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as file:
            return file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise ValueError(f"{path} is damaged: {problem}") from problem
