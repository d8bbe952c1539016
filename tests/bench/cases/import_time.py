"""What `import tinytorch` costs beyond `import numpy`."""

import statistics
import subprocess
import sys

UNIT = "ms"
TIMED = """
import numpy, time
began = time.perf_counter()
import tinytorch
print(1e3 * (time.perf_counter() - began))
"""


def once():
    done = subprocess.run([sys.executable, "-P", "-c", TIMED], capture_output=True, text=True, check=True)
    return float(done.stdout)


def measure(quick):
    once()  # writes the .pyc files
    return statistics.median(once() for _ in range(5 if quick else 15)), 30.0
