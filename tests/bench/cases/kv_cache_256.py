"""256 tokens after 16 ids with a key-value cache, beside module 13's `generate`: d=128, 8 heads, 4 layers, batch 1."""

import statistics
import time

import numpy as np

UNIT = "of the uncached time"
PROMPT, VOCAB = list(range(16)), 256


def model():
    from tinytorch import manual_seed
    from tinytorch.nn import Transformer

    manual_seed(0)
    return Transformer(vocab=VOCAB, d_model=128, n_heads=8, n_layers=4, max_len=1024).eval()


def timed(write):
    began = time.perf_counter()
    text = write()
    return time.perf_counter() - began, text


def both(reader, tokens):
    """The seconds with and without the cache, taken right after one another; the two texts must be the same."""
    from tinytorch.generation import generate
    from tinytorch.nn import generate as uncached

    fast, text = timed(lambda: generate(reader, PROMPT, tokens, seed=0))
    slow, again = timed(lambda: uncached(reader, PROMPT, tokens, seed=0))
    np.testing.assert_array_equal(text.data, again.data)
    return fast, slow


def measure(quick):
    reader = model()
    both(reader, 32)
    pairs = [both(reader, 256) for _ in range(3 if quick else 7)]
    return statistics.median(fast / slow for fast, slow in pairs), 1 / 12
