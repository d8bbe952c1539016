# %% [markdown]
# {header}

# %% solution="mean"
#| default_exp core.stats
#| export
#| hint What do you divide by?
#| hint The box knows its size.
#| hint total(box) / box.size()
from tinytorch.core.box import Box, total


def mean(box):
    """The mean of the numbers in a box."""
    ### BEGIN SOLUTION
    return total(box) / box.size()
    ### END SOLUTION

# %% test="mean" points=10
from tinytorch.testing import check  # noqa: E402  (a chapter imports where it needs a thing)


def test_mean():
    check("mean(Box([1, 2, 3]))", mean(Box([1, 2, 3])), 2.0)


test_mean()

# %% solution="spread"
#| export
#| hint Which two numbers matter?
#| hint Python finds the largest and the smallest.
#| hint max(box.items) - min(box.items)
def spread(box):
    """The largest number minus the smallest.

    >>> spread(Box([1, 5]))
    4
    """
    ### BEGIN SOLUTION
    return max(box.items) - min(box.items)
    ### END SOLUTION

# %% test="spread" points=10
def test_spread():
    check("spread(Box([1, 5, 3]))", spread(Box([1, 5, 3])), 4)


test_spread()
