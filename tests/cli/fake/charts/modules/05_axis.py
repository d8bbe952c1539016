# %% [markdown]
# {header}

# %% solution="axis"
#| default_exp charts.axis
#| export
#| hint How long is the longest bar?
#| hint Look at what bars returns.
#| hint "-" * max(len(bar) for bar in bars(box))
from tinytorch.charts.bars import bars
from tinytorch.core.box import Box


def axis(box):
    """A line as long as the longest bar."""
    ### BEGIN SOLUTION
    return "-" * max(len(bar) for bar in bars(box))
    ### END SOLUTION

# %% test="axis" points=10
from tinytorch.testing import check  # noqa: E402  (a chapter imports where it needs a thing)


def test_axis():
    check("axis(Box([1, 3]))", axis(Box([1, 3])), "---")


test_axis()
