"""The same up to 1,024 places. With --quick the uncached time is added up from passages of 33 lengths."""

import runpy
import statistics
from pathlib import Path

import numpy as np

SHORT = runpy.run_path(str(Path(__file__).with_name("kv_cache_256.py")))
UNIT, VOCAB, PROMPT = SHORT["UNIT"], SHORT["VOCAB"], SHORT["PROMPT"]
TOKENS = 1024 - len(PROMPT) + 1


def uncached(reader, tokens):
    """The seconds of one passage for each length from the prompt's on, with straight lines between 33 of them."""
    from tinytorch import no_grad

    first, last = len(PROMPT), len(PROMPT) + tokens - 1
    ids = np.random.default_rng(0).integers(0, VOCAB, (1, last))
    lengths = np.linspace(first, last, 33).round().astype(int)
    with no_grad():
        taken = [min(SHORT["timed"](lambda n=n: reader(ids[:, :n]))[0] for _ in range(2)) for n in lengths]
    return np.interp(np.arange(first, last + 1), lengths, taken).sum()


def measure(quick):
    from tinytorch.generation import generate

    reader = SHORT["model"]()
    SHORT["both"](reader, 32)
    if not quick:
        fast, slow = SHORT["both"](reader, TOKENS)
        return fast / slow, 1 / 50
    fast = statistics.median(SHORT["timed"](lambda: generate(reader, PROMPT, TOKENS, seed=0))[0] for _ in range(3))
    return fast / uncached(reader, TOKENS), 1 / 50
