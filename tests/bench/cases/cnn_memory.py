"""The most memory of a process that trains the CNN for CIFAR-10 on batches of 32: Python, NumPy and data included."""

import runpy
import sys
from pathlib import Path

UNIT = "MB"
ours, _ = runpy.run_path(str(Path(__file__).parents[1] / "pairs.py"))["cnn"](32)


def peak():
    """Bytes, where the system keeps a record; elsewhere what is in use now."""
    import psutil

    try:
        import resource
    except ImportError:
        info = psutil.Process().memory_info()
        return getattr(info, "peak_wset", info.rss)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(quick):
    step = ours()
    for _ in range(5 if quick else 50):
        step()
    return peak() / 1e6, 250.0
