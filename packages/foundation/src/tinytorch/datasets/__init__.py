"""Datasets that the course reads: labelled images as NumPy arrays. Other tiers add their own to this package.

A class X stands in the file x.py here or in another tier; the `datasets` of the tiers' tier.toml name them all.

>>> from tinytorch.datasets import TinyDigits
>>> digits = TinyDigits(train=True)
>>> len(digits), digits.images.shape, digits.images.dtype
(4000, (4000, 28, 28), dtype('uint8'))
>>> image, label = digits[0]
"""

from tinytorch._lazy import attach as _attach

__path__, __getattr__, __dir__ = _attach(__name__, __path__)
