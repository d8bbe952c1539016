# %% [markdown]
# {header}

# %% solution="scale"
#| default_exp scaling
#| export
#| hint What should the mean become?
#| hint Make a new box.
#| hint Box(item - mean(box) for item in box.items)
from tinytorch.core.box import Box
from tinytorch.core.stats import mean


def scale(box):
    """A box whose mean is 0."""
    ### BEGIN SOLUTION
    middle = mean(box)
    return Box(item - middle for item in box.items)
    ### END SOLUTION

# %% test="scale" points=10
from tinytorch.testing import check  # noqa: E402  (a chapter imports where it needs a thing)


def test_scale():
    check("scale(Box([1, 2, 3])).items", scale(Box([1, 2, 3])).items, [-1.0, 0.0, 1.0])


test_scale()
