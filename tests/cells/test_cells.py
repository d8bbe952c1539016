"""The test cells of a tier's modules, run on whatever build of the tier is installed.

The cells are the reference's; the code that they test is the installed wheel's, a student's or the reference's.
TINYTORCH_TIER names the tier, TINYTORCH_WHEEL the file of the wheel that is judged.
"""

import contextlib
import importlib
import importlib.metadata
import os

import pytest
from house import source, tiers
from packaging.utils import parse_wheel_filename

from tinytorch_course.tangle.modulefile import read_module

TIER = next(tier for tier in tiers() if tier.name == os.environ["TINYTORCH_TIER"])
CELLS = [
    pytest.param(module, cell, id=f"{module.stem}-{cell.test}")
    for module in TIER.modules
    for cell in read_module(source(module)).cells
    if cell.test
]


def test_the_wheel_that_was_given_is_the_one_installed():
    """Another one, left from before, would be judged in its place."""
    name, version, *_ = parse_wheel_filename(os.environ["TINYTORCH_WHEEL"])
    assert name == TIER.distribution
    assert str(version) == importlib.metadata.version(name)


def run(module, cell, names):
    text = "\n" * (cell.lineno - 1) + "\n".join(cell.code())
    exec(compile(text, str(source(module)), "exec"), names)


@pytest.mark.parametrize(("module", "cell"), CELLS)
def test_cell(module, cell):
    names = dict(vars(importlib.import_module(module.import_name)))  # shared by the cells, as in a notebook
    for other in read_module(source(module)).cells:
        if other.test and other.lineno < cell.lineno:
            with contextlib.suppress(Exception):  # run for what it imports and defines; its failure is its own
                run(module, other, names)
    run(module, cell, names)
