"""The search for regions that bear no load: a small module, its chapter, a milestone, and what is found in them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from regions import parsed, regions, wired
from run import cells

from tinytorch_course.tangle.modulefile import read_text

HERE = Path(__file__).resolve().parents[1] / "loadbearing"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")

MODULE = '''
# %% solution="parts"
#| default_exp core.small
#| export
import threading


def called(x):
    """Adds 1.

    >>> called(1)
    2
    """
    ### BEGIN SOLUTION
    return x + 1
    ### END SOLUTION


def idle(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION


def optional(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION


def tried(x):
    try:
        return optional(x)
    except Exception:
        return x


table = {}
### BEGIN SOLUTION
table["double"] = lambda x: 2 * x
### END SOLUTION


class Box:
    def at_import(self):
        ### BEGIN SOLUTION
        for _ in range(2):
            pass
        ### END SOLUTION
        ### BEGIN SOLUTION
        return 1
        ### END SOLUTION


ONE = Box().at_import()


def threaded():
    ### BEGIN SOLUTION
    found.append(1)
    ### END SOLUTION


found = []


def form(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION


# %% test="parts" points=1
import math

HALF = 0.5


def test_idle():
    assert idle(1) == 1
    raise KeyError


test_idle()

# %% [markdown]
# ## Build
#
# %%
idle(2)

# %% [markdown]
# ## Use

# %%
called(math.floor(HALF))

# %% [markdown]
# ## Measure

# %% solution="own"
def own():
    ### BEGIN SOLUTION
    return idle(3)
    ### END SOLUTION

# %%
own(), form(1)

# %% [markdown]
# ## Reflect
'''

MILESTONE = """
import threading
from small import called, found, table, threaded, tried

called(1), tried(1), table["double"](2)
thread = threading.Thread(target=threaded)
thread.start()
thread.join()
found[0]
"""


@pytest.fixture
def module():
    return read_text(Path("modules/01_small.py"), MODULE)


def build(module, folder: Path) -> Path:
    code = "\n".join("\n".join(["", *cell.code()]) if cell.export else "\n" * len(cell.lines) for cell in module.cells)
    lines = "\n" * (module.cells[0].lineno - 2) + code
    tree, _ = wired(ast.parse(lines), "01", regions(module))
    folder.mkdir()
    (folder / "small.py").write_text(ast.unparse(tree), "utf-8")
    (folder / "_tripwires.py").write_bytes((HERE / "_tripwires.py").read_bytes())
    return folder


def staged(module, tmp_path: Path, **job) -> dict:
    built = build(module, tmp_path / "build")
    job = {"build": str(built), "arguments": [], "studied": [], "skip": [], "label": "01 "} | job
    job["result"] = str(tmp_path / "result.json")
    (tmp_path / "job.json").write_text(json.dumps(job), "utf-8")
    command = [sys.executable, "-P", str(HERE / "stage.py"), str(tmp_path / "job.json")]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=120)
    return json.loads((tmp_path / "result.json").read_text("utf-8"))


def test_names_of_regions(module):
    names = ["called", "idle", "optional", "parts", "Box.at_import", "Box.at_import#2", "threaded", "form", "own"]
    assert [region.name for region in regions(module)] == names


def test_every_region_is_wired(module):
    done: set[str] = set()
    for cell in module.cells:
        if cell.kind == "code":
            done |= wired(parsed(cell), "01", regions(module))[1]
    assert done == {region.name for region in regions(module)}


def test_a_loop_is_wired_once():
    text = "# %% solution='x'\n".replace("'", '"') + textwrap.dedent('''\
        #| default_exp x
        def f():
            ### BEGIN SOLUTION
            for i in range(3):
                for j in range(3):
                    i + j
            ### END SOLUTION
    ''')
    module = read_text(Path("x.py"), text)
    tree, _ = wired(parsed(module.cells[0]), "01", regions(module))
    assert ast.unparse(tree).count("trip(") == 1
    assert isinstance(tree.body[0].body[0], ast.Expr)


def test_a_milestone(module, tmp_path):
    script = tmp_path / "milestone.py"
    script.write_text(MILESTONE, "utf-8")
    result = staged(module, tmp_path, scene=str(script), cells=None)
    assert result["status"] == 0, result["said"]
    bearing = {"01 called", "01 parts", "01 Box.at_import", "01 Box.at_import#2", "01 threaded"}
    assert set(result["bearing"]) == bearing
    assert set(result["reached"]) == bearing | {"01 optional"}  # swallowed


def test_a_chapter_counts_what_use_and_measure_call(module, tmp_path):
    job = {"scene": "01_small.py", "import_name": "small", "cells": cells(Label(), module), "studied": ["01 form"]}
    result = staged(module, tmp_path, **job)
    assert result["status"] == 0, result["said"]
    assert set(result["bearing"]) == {"01 called", "01 Box.at_import", "01 Box.at_import#2", "01 form"}


def test_what_has_been_shown_is_not_tried_again(module, tmp_path):
    script = tmp_path / "milestone.py"
    script.write_text(MILESTONE, "utf-8")
    result = staged(module, tmp_path, scene=str(script), cells=None, skip=["01 called"])
    assert "01 called" not in result["reached"]


def test_a_scene_that_fails_by_itself_is_told(module, tmp_path):
    script = tmp_path / "milestone.py"
    script.write_text("import small\n1 / 0\n", "utf-8")
    result = staged(module, tmp_path, scene=str(script), cells=None)
    assert result["status"] != 0
    assert "ZeroDivisionError" in result["said"]


class Label:
    label = "01"
