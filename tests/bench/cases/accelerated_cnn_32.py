"""One training step inside of accelerate(): CNN for CIFAR-10 on a batch of 32, Adam."""

import runpy
from pathlib import Path

THREADS = {1: 0.9, 2: 1.25}
plain = runpy.run_path(str(Path(__file__).with_name("cnn_step_32.py")))
theirs = plain["theirs"]


def ours():
    from tinytorch.acceleration import accelerate

    accelerate()  # until the end of this process
    return plain["ours"]()
