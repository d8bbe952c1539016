"""CIFAR-10: 60,000 small colour photographs of ten classes, read from the official binary files."""

import hashlib
import os
import tarfile
import zlib
from pathlib import Path

import numpy as np

from tinytorch.datasets.folder import folder_of, ways_out
from tinytorch.datasets.images import LabelledImages, whether_to_train

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN, TEST = [f"data_batch_{i}.bin" for i in range(1, 6)], ["test_batch.bin"]
YOURS = "its six .bin files"
IMAGES = 10_000  # in each file
RECORD = 1 + 3 * 32 * 32  # bytes: the label, then the pixels of the red, the green and the blue channel, row by row

# The binary version. The first is the dataset's own site, www.cs.toronto.edu/~kriz/cifar.html, which tells its MD5:
# c32a1d4ab5d03f1284b67883e8d87530. The SHA-256 and the size of the same archive are those in TensorFlow Datasets.
# The others are copies of Swift for TensorFlow and of MindSpore. Whatever they send is verified.
ARCHIVE = "cifar-10-binary.tar.gz"
MIRRORS = [
    "https://www.cs.toronto.edu/~kriz/",
    "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
    "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/",
]
SIZE = 170_052_171
SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"


class CIFAR10(LabelledImages):
    """50,000 photographs to train on, or 10,000 to test on; (3, 32, 32) uint8: red, green and blue.

    `classes` has the names of the ten classes. The files data_batch_1.bin to data_batch_5.bin and test_batch.bin lie
    in `root`, by default in $TINYTORCH_DATA/cifar-10-batches-bin, or without this variable in a cache folder of the
    user. With download=True the archive is fetched (170 MB) if one is missing. Missing files are a FileNotFoundError
    that says where they were looked for, damaged ones a ValueError.
    """

    classes = CLASSES

    def __init__(self, train=True, root=None, download=False):
        names, folder = TRAIN if whether_to_train(train) else TEST, folder_of("cifar-10-batches-bin", root)
        if download:
            _download(folder)
        images = np.empty((len(names), IMAGES, 3, 32, 32), np.uint8)
        labels = np.empty((len(names), IMAGES), np.int64)
        for file, name in enumerate(names):
            records = _read(folder / name)
            images[file], labels[file] = records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0]
        super().__init__(images.reshape(-1, 3, 32, 32), labels.reshape(-1))


def _read(path):
    """The records in one file; ValueError if they cannot be CIFAR-10's."""
    if not path.is_file():
        raise FileNotFoundError(
            f"CIFAR-10 is not in {path.parent}: there is no {path.name}. To download it (170 MB): "
            f"python -m tinytorch.datasets cifar10. {ways_out(path.parent, YOURS)}"
        )
    wanted = IMAGES * RECORD
    if path.stat().st_size != wanted:
        raise ValueError(f"{path} is damaged: {path.stat().st_size:,} bytes, wanted {wanted:,}")
    records = np.fromfile(path, np.uint8).reshape(IMAGES, RECORD)
    wrong = np.flatnonzero(records[:, 0] >= len(CLASSES))
    if len(wrong):
        raise ValueError(f"{path} is damaged: the label of image {wrong[0]} is {records[wrong[0], 0]}, wanted 0 to 9")
    return records


def _download(folder):
    """Fetch the archive and unpack it, if a file is missing."""
    from tinytorch.datasets.download import alone, fetch  # here: its imports cost more than all others

    if _complete(folder):
        return  # such a folder need not be writable
    with alone(folder):
        archive = folder / ARCHIVE
        ours = not archive.is_file() and not _complete(folder)
        if ours:
            fetch([mirror + ARCHIVE for mirror in MIRRORS], archive, _verify, SIZE, ways_out(folder, YOURS))
        if not _complete(folder):
            _unpack(archive, folder)
        if ours:
            archive.unlink()


def _complete(folder):
    return all((folder / name).is_file() for name in TRAIN + TEST)


def _verify(archive):
    with open(archive, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ValueError(f"its SHA-256 is {found[:12]}..., wanted {SHA256[:12]}...")


def _unpack(archive, folder):
    """Write the six files of the archive into the folder, and nothing else of it; no path of the archive is used."""
    wanted = {f"cifar-10-batches-bin/{name}": folder / name for name in TRAIN + TEST}
    try:
        _verify(archive)  # it may be one that was put there
        with tarfile.open(archive, "r|gz") as tar:
            for member in tar:
                if member.name in wanted:
                    _write(tar, member, wanted.pop(member.name))
    except (ValueError, tarfile.TarError, EOFError, zlib.error) as problem:
        raise ValueError(f"{archive} is damaged: {problem}") from problem
    if wanted:
        raise ValueError(f"{archive} is not CIFAR-10's: there is no {min(wanted)} in it")


def _write(tar, member, path):
    """One file of the archive, with its name only when it is complete."""
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.size != IMAGES * RECORD:
        raise ValueError(f"{member.name} in it is no file of {IMAGES * RECORD:,} bytes")
    part = Path(f"{path}.part")
    try:
        part.write_bytes(tar.extractfile(member).read())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
