"""Files in the form of the image datasets, small."""

import struct

import numpy as np


def idx(array):
    """MNIST's form: a header, then the bytes."""
    return struct.pack(f">{1 + array.ndim}i", 0x0800 + array.ndim, *array.shape) + array.tobytes()


def cifar_file(seed, images):
    """CIFAR-10's form: for each image its label, then 3 x 32 x 32 bytes."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 10, (images, 1), np.uint8)
    return np.concatenate([labels, generator.integers(0, 256, (images, 3072), np.uint8)], axis=1).tobytes()
