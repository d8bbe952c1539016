"""Datasets that the course reads: labelled images as NumPy arrays. Other tiers add their own to this package.

>>> from tinytorch.datasets import TinyDigits
>>> digits = TinyDigits(train=True)
>>> len(digits), digits.images.shape, digits.images.dtype
(4000, (4000, 28, 28), dtype('uint8'))
>>> image, label = digits[0]
"""

import pkgutil

__path__ = pkgutil.extend_path(__path__, __name__)

from tinytorch.datasets.mnist import MNIST
from tinytorch.datasets.tinydigits import TinyDigits

__all__ = ["MNIST", "TinyDigits"]
