from tinytorch.core.box import Box, total
from tinytorch.testing import check


def test_a_box_keeps_its_own_list():
    items = [1, 2]
    box = Box(items)
    items.append(3)
    check("box.size()", box.size(), 2)


def test_total_of_a_generator():
    check("total(Box(n for n in (4, 5)))", total(Box(n for n in (4, 5))), 9)
