"""The products of a layer, cut so that the processor is at its best.

With AVX-512, OpenBLAS computes a product of fewer than 100**3 multiply-adds at once, without first rearranging
its inputs, and always on the core that asked. A larger one it may give to several cores. With a small batch the
update of the weights then waits for lines of memory that another core has used, longer than the second core has saved.
And its threads go on looking for work for some 25 ms after every product: where Python threads share the work
(`tinytorch.fast.threads`) they would take half a core from them, so products are cut there, whatever their size.
"""

import numpy as np

found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
MANY = 16_384  # numbers
HUGE = 10**9  # multiply-adds that are worth waking OpenBLAS's threads for
asleep = False  # whether OpenBLAS's threads are to be left alone
SMALL = 100**3 if any(name.startswith(("AVX512", "X86_V4")) for name in found) else 0


def leave_asleep():
    """From now on products are cut, so that OpenBLAS's own threads stay asleep."""
    global asleep
    asleep = True


def cut(length, work, least):
    """How many of `length` rows, each of so many multiply-adds, to multiply at a time: all, or at least `least`.

    The pieces are as equal as can be: a short one at the end would cost a call.
    """
    most = SMALL // max(work, 1)
    if not least <= most < length:
        return max(length, 1)
    return -(-length // -(-length // most))


def product(rows, weight):
    """rows @ weight.T: rows (n, in), weight (out, in).

    A handful of columns is laid out column by column: reducing over them is then faster.

    >>> product(np.ones((2, 3)), np.ones((5, 3))).shape
    (2, 5)
    """
    if len(weight) <= 32:
        return (weight @ rows.T).T
    out = np.empty((len(rows), len(weight)), np.result_type(rows, weight))
    if asleep or (len(rows) <= 64 and cut(len(rows), weight.size, 8) < len(rows)):
        return product_into(out, rows, weight.T)
    return np.matmul(rows, weight.T, out=out)


def transposed_product(g, rows, out):
    """g.T @ rows into `out`: g (n, out), rows (n, in).

    >>> transposed_product(np.ones((4, 2)), np.ones((4, 3)), np.empty((2, 3)))
    array([[4., 4., 4.],
           [4., 4., 4.]])
    """
    if asleep or cut(rows.shape[1], g.size, 100) < rows.shape[1]:
        return product_into(out, g.T, rows)
    return np.matmul(g.T, rows, out=out)


def by_rows(out, rows, weight, step):
    """`step` rows at a time, in one call."""
    even = len(rows) // step * step
    pieces = out[:even].reshape(-1, step, out.shape[1])
    np.matmul(rows[:even].reshape(-1, step, rows.shape[1]), weight, out=pieces)
    if even < len(rows):
        np.matmul(rows[even:], weight, out=out[even:])


def by_terms(out, rows, weight, step):
    """`step` terms of the sum at a time."""
    even = len(weight) // step * step
    left = rows[:, :even].reshape(len(rows), -1, step).transpose(1, 0, 2)
    np.add.reduce(np.matmul(left, weight[:even].reshape(-1, step, weight.shape[1])), axis=0, out=out)
    if even < len(weight):
        out += rows[:, even:] @ weight[even:]


def product_into(out, rows, weight):
    """rows @ weight into `out`, on the calling core if it can be cut: rows (n, k), weight (k, m).

    >>> product_into(np.empty((2, 5)), np.ones((2, 3)), np.ones((3, 5)))[0]
    array([3., 3., 3., 3., 3.])
    """
    n, k, m = *rows.shape, weight.shape[1]
    if not SMALL or n * k * m > HUGE:
        return np.matmul(rows, weight, out=out)
    if weight.strides[1] != weight.itemsize:  # it would not be done at once; the smaller of the two is laid out anew
        if rows.size < weight.size:
            rows = np.asfortranarray(rows)
        else:
            weight = np.ascontiguousarray(weight)
    if m > 4 * n and cut(m, n * k, 8) < m:  # pieces of the columns are less narrow
        by_rows(out.T, weight.T, rows.T, cut(m, n * k, 8))
    elif (step := cut(n, k * m, 8)) < n:
        by_rows(out, rows, weight, step)
    elif (step := cut(k, n * m, 8)) < k:
        by_terms(out, rows, weight, step)
    else:
        np.matmul(rows, weight, out=out)
    return out


def column_sums(rows):
    """The sum of each column of rows (n, k); of many, as products with ones, which is faster than adding row to row.

    >>> column_sums(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([4., 6.])
    """
    step = max(1, MANY // 2 // max(1, rows.shape[1]))  # of twice as many numbers OpenBLAS would wake its threads
    if rows.size < MANY or step == 1:
        return np.add.reduce(rows, axis=0)
    even = len(rows) // step * step
    sums = np.add.reduce(np.ones(step, rows.dtype) @ rows[:even].reshape(-1, step, rows.shape[1]), axis=0)
    return sums + np.add.reduce(rows[even:], axis=0) if even < len(rows) else sums
