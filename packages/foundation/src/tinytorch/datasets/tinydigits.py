"""TinyDigits: 5,000 handwritten digits that come with TinyTorch. Its data sheet is TINYDIGITS.md."""

import hashlib
import io
from pathlib import Path

import numpy as np

from tinytorch.datasets.images import LabelledImages, whether_to_train

FILE = Path(__file__).with_name("tinydigits.npz")
SHA256 = "ae6b6eca0877c37fd5f78d431601f6f5982397862ad5cad7bceba2d9d796524d"


class TinyDigits(LabelledImages):
    """4,000 digits to train on, or 1,000 to test on; 28x28 uint8, every class equally often.

    Needs no network. A damaged file is a ValueError.

    >>> TinyDigits(train=False)
    TinyDigits: 1,000 images (28, 28)
    """

    def __init__(self, train=True):
        part = "train" if whether_to_train(train) else "test"
        with np.load(io.BytesIO(self._content()), allow_pickle=False) as arrays:
            super().__init__(arrays[f"{part}_images"], arrays[f"{part}_labels"])

    @staticmethod
    def _content():
        content = FILE.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != SHA256:
            raise ValueError(
                f"{FILE} is damaged: {len(content):,} bytes with SHA-256 {found[:12]}..., "
                f"wanted {SHA256[:12]}.... Install tinytorch-foundation again."
            )
        return content
