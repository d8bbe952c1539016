from tinytorch.charts.bars import bars
from tinytorch.core.box import Box
from tinytorch.testing import check


def test_no_number():
    check("bars(Box([]))", bars(Box([])), [])
