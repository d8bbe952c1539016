"""1802: a chart.

Its last part is right only if modules of both tiers are: 02 brings the mean, 04 the bars.
"""

import sys

from tinytorch.charts.axis import axis
from tinytorch.charts.bars import bars, middle
from tinytorch.core.box import Box

box = Box([2, 4, 6, 8])
print(*bars(box), axis(box), middle(box), sep="\n")
sys.exit(0 if [*map(len, bars(box)), len(axis(box)), len(middle(box))] == [2, 4, 6, 8, 8, 5] else 1)
