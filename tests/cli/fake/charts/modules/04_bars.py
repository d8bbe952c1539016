# %% [markdown]
# {header}

# %% solution="bars"
#| default_exp charts.bars
#| export
#| hint How long is a bar?
#| hint One bar for each of box.items.
#| hint ["#" * item for item in box.items]
from tinytorch.core.box import Box
from tinytorch.core.stats import mean


def bars(box):
    """One bar for each number in a box."""
    ### BEGIN SOLUTION
    return ["#" * item for item in box.items]
    ### END SOLUTION

# %% test="bars" points=10
from tinytorch.testing import check  # noqa: E402  (a chapter imports where it needs a thing)


def test_bars():
    check("bars(Box([1, 3]))", bars(Box([1, 3])), ["#", "###"])


test_bars()

# %% solution="middle"
#| export
#| hint Which number is in the middle?
#| hint Module 02 brings the mean.
#| hint "#" * round(mean(box))
def middle(box):
    """The bar of the mean."""
    ### BEGIN SOLUTION
    return "#" * round(mean(box))
    ### END SOLUTION

# %% test="middle" points=10
def test_middle():
    check("middle(Box([1, 3]))", middle(Box([1, 3])), "##")


test_middle()
