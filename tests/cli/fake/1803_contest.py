"""Contest. The longest bar wins."""

import sys

from tinytorch.contest import longest
from tinytorch.core.box import Box

answer = longest(Box([1, 2]))
print("longest([1, 2]) is", answer)
sys.exit(0 if answer == "##" else 1)
