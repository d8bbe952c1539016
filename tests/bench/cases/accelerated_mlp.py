"""One training step inside of accelerate(): MLP 784-128-10 on batches of 64, SGD."""

import runpy
from pathlib import Path

THREADS = {1: 0.6, 2: 0.85}
plain = runpy.run_path(str(Path(__file__).with_name("mlp_step.py")))
theirs = plain["theirs"]


def ours():
    from tinytorch.acceleration import accelerate

    accelerate()  # until the end of this process
    return plain["ours"]()
