# %% [markdown]
# {header}

# %% solution="longest"
#| default_exp contest
#| export
#| hint Which bar is the longest?
#| hint Look at max and its key.
#| hint max(bars(box), key=len)
from tinytorch.charts.bars import bars
from tinytorch.core.box import Box


def longest(box):
    """The longest bar."""
    ### BEGIN SOLUTION
    return max(bars(box), key=len)
    ### END SOLUTION

# %% test="longest" points=10
from tinytorch.testing import check  # noqa: E402  (a chapter imports where it needs a thing)


def test_longest():
    check("longest(Box([1, 3]))", longest(Box([1, 3])), "###")


test_longest()
