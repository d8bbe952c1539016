"""One training step inside of accelerate(): decoder, d=64, 4 heads, 2 layers, 16 sequences of 64 tokens, Adam."""

import runpy
from pathlib import Path

THREADS = {1: 0.65, 2: 1.0}
plain = runpy.run_path(str(Path(__file__).with_name("decoder_step.py")))
theirs = plain["theirs"]


def ours():
    from tinytorch.acceleration import accelerate

    accelerate()  # until the end of this process
    return plain["ours"]()
