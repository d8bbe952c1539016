"""The two products of a linear layer, cut so that the processor is at its best with small batches.

With AVX-512, OpenBLAS computes a product of fewer than 100**3 multiply-adds at once, without first rearranging
its inputs, and always on the core that asked. A larger one it may give to several cores; the update of the
weights then waits for lines of memory that another core has used, longer than the second core has saved.
"""

import numpy as np

found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
MANY = 16_384  # numbers
SMALL = 100**3 if any(name.startswith(("AVX512", "X86_V4")) for name in found) else 0


def cut(length, work, least):
    """How many of `length` rows, each of so many multiply-adds, to multiply at a time: all, or at least `least`."""
    rows = SMALL // max(work, 1)
    return rows if least <= rows < length else max(length, 1)


def product(rows, weight):
    """rows @ weight.T: rows (n, in), weight (out, in).

    A handful of columns is laid out column by column: reducing over them is then faster.

    >>> product(np.ones((2, 3)), np.ones((5, 3))).shape
    (2, 5)
    """
    if len(weight) <= 32:
        return (weight @ rows.T).T
    step = cut(len(rows), weight.size, 8)
    if step >= len(rows) or len(rows) > 64:
        return rows @ weight.T
    out = np.empty((len(rows), len(weight)), np.result_type(rows, weight))
    for i in range(0, len(rows), step):
        np.matmul(rows[i : i + step], weight.T, out=out[i : i + step])
    return out


def transposed_product(g, rows, out):
    """g.T @ rows into `out`: g (n, out), rows (n, in).

    >>> transposed_product(np.ones((4, 2)), np.ones((4, 3)), np.empty((2, 3)))
    array([[4., 4., 4.],
           [4., 4., 4.]])
    """
    step = cut(rows.shape[1], g.size, 100)
    for i in range(0, rows.shape[1], step):
        np.matmul(g.T, rows[:, i : i + step], out=out[:, i : i + step])
    return out


def column_sums(rows):
    """The sum of each column of rows (n, k); of many, as a product with ones, which is faster than adding row to row.

    >>> column_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    if rows.size < MANY:
        return np.add.reduce(rows, axis=0)
    return np.ones(len(rows), rows.dtype) @ rows
