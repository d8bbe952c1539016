"""PyTorch's names, as far as they make sense on a CPU without devices: no lesson, and so no chapter. See docs/names.md.

`tensor.py` and `module.py` hold the methods that `Tensor` and `Module` inherit, `functions.py` the functions,
`operations.py` the few operations that they need and no chapter writes. `absent.py` says what to use for the rest.
"""
