"""What learners get of a module."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tinytorch_course.strip import MissingExtra, expand_header, strip_module, to_notebook
from tinytorch_course.tangle.manifest import read_tier
from tinytorch_course.tangle.modulefile import BEGIN, ModuleFileError, read_module, read_text

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(ROOT.glob("packages/*/modules/*.py"))
needs_jupytext = pytest.mark.skipif(
    importlib.util.find_spec("jupytext") is None, reason="needs the extra jupyter"
)

REFERENCE = '''\
# %% [markdown]
# {header}

# %%
#| default_exp core.tensor
#| export
import math

# %% Area solution="area" tags=["a"]
#| export
#| hint What is it?
#| hint Where is it?
#| hint How is it?
def area(r):
    """Of a circle."""
    if r:
        ### BEGIN SOLUTION
        return math.pi * r * r
        ### END SOLUTION
    ### BEGIN SOLUTION
    return 0
    ### END SOLUTION

# %% test="area" points=5
assert area(0) == 0

# %% [markdown] reflect="why" points=4
# Why?
#
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION
'''
STRIPPED = '''\
# %% [markdown]
# # Module 01: Tensor
#
# ```text
# needs             this module       unlocks
# nothing yet  -->  01 Tensor    -->  02 Activations
#                                     03 Layers
#                                     05 Autograd
#                                     07 Training
#
# teaches  a
# systems  b
# ```
#
# 10 points. Its checks may take 10 seconds and 300 MB.

# %%
#| default_exp core.tensor
#| export
import math

# %% Area nbgrader={"grade": false, "grade_id": "area", "locked": false, "schema_version": 3, \
"solution": true, "task": false} tags=["a"]
#| export
def area(r):
    """Of a circle."""
    if r:
        # YOUR CODE HERE
        raise NotImplementedError()
    # YOUR CODE HERE
    raise NotImplementedError()

# %% nbgrader={"grade": true, "grade_id": "test-area", "locked": true, "points": 5, "schema_version": 3, \
"solution": false, "task": false}
assert area(0) == 0

# %% [markdown] nbgrader={"grade": true, "grade_id": "reflect-why", "locked": false, "points": 4, \
"schema_version": 3, "solution": true, "task": false}
# Why?
#
# YOUR ANSWER HERE
'''


@pytest.fixture
def tier(repository):
    return read_tier(repository.foundation)


def test_the_whole_of_it(tier):
    assert strip_module(REFERENCE, tier.module(1), [tier]) == STRIPPED


def test_ids_survive(tier):
    source = read_text(Path("x.py"), STRIPPED)
    assert [cell.solution or cell.test or cell.reflect for cell in source.cells] == [
        None,
        None,
        "area",
        "area",
        "why",
    ]
    assert source.cell("test-area").points == 5


def test_a_solution_without_a_region(tier):
    """NBGrader would empty the whole cell, its directives included."""
    text = (
        REFERENCE.replace("    ### BEGIN SOLUTION\n", "")
        .replace("    ### END SOLUTION\n", "")
        .replace("    ", "")
    )
    text = text.replace("### BEGIN SOLUTION\nreturn math.pi * r * r\n", "").replace(
        "def area(r):", "def area(r): pass #"
    )
    with pytest.raises(ModuleFileError):
        strip_module(text, tier.module(1), [tier])
    empty = '# %%\n#| default_exp core.tensor\n# %% solution="a"\n#| export\nx = 1\n'
    with pytest.raises(
        ModuleFileError, match=r"^modules/01_tensor.py:3: solution cell 'a' has no '### BEGIN"
    ):
        strip_module(empty, tier.module(1), [tier])


def test_the_header_alone(tier):
    text = expand_header(REFERENCE, tier.module(1), [tier])
    assert text.split("\n")[1] == "# # Module 01: Tensor"
    assert "return math.pi * r * r" in text


@needs_jupytext
def test_notebooks_come_out_the_same_each_time():
    first = to_notebook(STRIPPED)
    assert first == to_notebook(STRIPPED)
    notebook = json.loads(first)
    assert [cell["id"] for cell in notebook["cells"]] == [
        "cell-000",
        "cell-001",
        "area",
        "test-area",
        "reflect-why",
    ]
    assert notebook["cells"][2]["metadata"]["nbgrader"]["schema_version"] == 3
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["cells"][4]["source"] == ["Why?\n", "\n", "YOUR ANSWER HERE"]


@needs_jupytext
def test_a_notebook_tangles_like_the_file(tmp_path):
    (tmp_path / "a.ipynb").write_text(to_notebook(STRIPPED))
    ours = [(cell.grade_id, cell.export, cell.kind) for cell in read_module(tmp_path / "a.ipynb").cells]
    assert ours == [
        (cell.grade_id, cell.export, cell.kind) for cell in read_text(Path("x.py"), STRIPPED).cells
    ]


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    with pytest.raises(MissingExtra, match=r"pip install 'tinytorch-course\[jupyter\]'"):
        to_notebook(STRIPPED)


# -- the real ones -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_answer_is_left(path):
    tier = read_tier(path.parents[1])
    module = next(module for module in tier.modules if module.stem == path.stem)
    text = strip_module(path.read_text("utf-8"), module, [tier])
    assert BEGIN not in text
    assert "#| hint" not in text
    assert "{header}" not in text
    ast.parse(
        "\n".join(line for cell in read_text(path, text).cells if cell.kind == "code" for line in cell.code())
    )
