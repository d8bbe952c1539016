"""1801: a mean predicts a planet.

A milestone that is small enough for tests of the tool.
"""

import sys

from tinytorch.core.box import Box
from tinytorch.core.stats import mean

if "nowhere" in sys.argv:
    print("there is no data set called nowhere")
    sys.exit(2)
if "--talk" in sys.argv:
    print("heard:", sys.stdin.readline().strip())
result = mean(Box([2, 4, 6, 7.0])) + mean(Box([-1, -2]))
print("arguments:", sys.argv[1:])
print(f"mean: {result} (wanted 3.25)")
sys.exit(0 if result == 3.25 else 1)
