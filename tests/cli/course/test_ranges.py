"""Lists of modules, as they are written and as they are read out."""

import pytest

from tinytorch_course.errors import ToolError
from tinytorch_course.ranges import module_numbers, span


@pytest.mark.parametrize(
    ("parts", "numbers"),
    [
        (["1-3", "7"], [1, 2, 3, 7]),
        (["7", " 1 - 3 "], [1, 2, 3, 7]),
        ([12, "14-16"], [12, 14, 15, 16]),
        (["04-4"], [4]),
        (["14\N{EN DASH}16"], [14, 15, 16]),
        ([], []),
    ],
)
def test_what_is_written(parts, numbers):
    assert module_numbers(parts) == numbers


@pytest.mark.parametrize("part", ["", "-", "a", "1-2-3", "1..3", "1 2-", "1 5", "1234", "\u0663"])
def test_what_is_no_list(part):
    with pytest.raises(ToolError):
        module_numbers([part])


@pytest.mark.parametrize("part", [True, 1.5, -1, None])
def test_a_value_of_another_kind(part):
    with pytest.raises(ToolError):
        module_numbers([part])


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([12], "module 12"),
        ([12, 15], "modules 12 and 15"),
        ([14, 15], "modules 14 and 15"),
        ([14, 15, 16], "modules 14 to 16"),
        ([7, 14, 15, 16, 17, 20], "modules 07, 14 to 17 and 20"),
        ([1, 2, 9], "modules 01, 02 and 09"),
    ],
)
def test_what_is_read_out(numbers, words):
    assert span(numbers) == words
