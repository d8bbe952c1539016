from tinytorch.core.box import Box
from tinytorch.core.stats import mean, spread


def test_one_number():
    assert mean(Box([5])) == 5
    assert spread(Box([5])) == 0
