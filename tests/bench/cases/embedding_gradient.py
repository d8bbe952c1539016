"""The gradient of a table beside `np.add.at`: 4,096 ids out of 1,000, as frequent as words are, rows of 64."""

import statistics
import time

import numpy as np

UNIT = "of np.add.at's time"
ROWS, IDS, WIDTH = 1000, 4096, 64


def by_add_at(g, ids, rows):
    out = np.zeros((rows, g.shape[1]), g.dtype)
    np.add.at(out, ids, g)
    return out


def measure(quick):
    from tinytorch.nn.embedding import add_rows

    words, share = np.random.default_rng(0), 1 / np.arange(1, ROWS + 1)
    ids = words.choice(ROWS, IDS, p=share / share.sum())
    g = words.standard_normal((IDS, WIDTH), np.float32)
    np.testing.assert_allclose(add_rows(g, ids, ROWS), by_add_at(g, ids, ROWS), rtol=1e-3, atol=1e-3)
    times = {add_rows: [], by_add_at: []}
    for _ in range(30 if quick else 150):
        for way, taken in times.items():
            began = time.perf_counter()
            way(g, ids, ROWS)
            taken.append(time.perf_counter() - began)
    ours, theirs = (statistics.median(taken) for taken in times.values())
    return ours / theirs, 0.8
