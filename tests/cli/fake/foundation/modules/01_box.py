# %% [markdown]
# {header}

# %% [markdown]
# ## Build

# %% solution="box"
#| default_exp core.box
#| export
#| hint What does a box remember?
#| hint Look at the argument of __init__.
#| hint self.items = list(items)
class Box:
    """A box of numbers."""

    def __init__(self, items):
        ### BEGIN SOLUTION
        self.items = list(items)
        ### END SOLUTION

    def size(self):
        """How many numbers are in it."""
        ### BEGIN SOLUTION
        return len(self.items)
        ### END SOLUTION

# %% test="box" points=10
from tinytorch.testing import check  # noqa: E402  (a chapter imports where it needs a thing)


def test_box():
    check("Box([1, 2, 3]).size()", Box([1, 2, 3]).size(), 3)


test_box()

# %% solution="total"
#| export
#| hint What is the sum of no numbers?
#| hint Look at the loop over box.items.
#| hint Begin with 0 and add each of box.items.
def total(box):
    """The sum of the numbers in a box."""
    ### BEGIN SOLUTION
    result = 0
    for item in box.items:
        result += item
    return result
    ### END SOLUTION

# %% test="total" points=20
def test_total():
    check("total(Box([1, 2, 3]))", total(Box([1, 2, 3])), 6)
    assert total(Box([])) == 0


test_total()

# %% [markdown] reflect="empty" points=4
# ### BEGIN SOLUTION
# Nothing.
# ### END SOLUTION
