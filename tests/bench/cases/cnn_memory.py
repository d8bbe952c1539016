"""The most memory of a process that trains the CNN for CIFAR-10 on batches of 32: Python, NumPy and data included."""

import re
import runpy
from pathlib import Path

import psutil

UNIT = "MB"
ours, _ = runpy.run_path(str(Path(__file__).parents[1] / "pairs.py"))["cnn"](32)


def peak():
    """Bytes, where the system keeps a record of this process; elsewhere what is in use now.

    Not ru_maxrss, which on Linux begins with what the process that started this one held.
    """
    try:
        return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
    except (OSError, TypeError):  # not Linux
        info = psutil.Process().memory_info()
        return getattr(info, "peak_wset", info.rss)


def measure(quick):
    step = ours()
    for _ in range(5 if quick else 50):
        step()
    return peak() / 1e6, 250.0
