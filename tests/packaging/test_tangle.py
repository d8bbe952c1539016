"""From a module file, well formed or not, to the code that is imported."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tinytorch_course.student import build_tree
from tinytorch_course.tangle.manifest import read_tier
from tinytorch_course.tangle.modulefile import ModuleFileError, read_module
from tinytorch_course.tangle.tangler import tangle_module, tangle_tree

TEXT = """\
# %% [markdown]
# {header}

# %%
#| default_exp core.tensor
#| export
import math

# %% A title solution="area" tags=["a"]
#| export
#| hint What is it?
#| hint Where is it?
#| hint How is it?
def area(r):
    ### BEGIN SOLUTION
    return math.pi * r * r
    ### END SOLUTION

# %% test="area" points=2.5
def test_area():
    assert area(0) == 0

# %% [markdown] reflect="why" points=4
# Why?
#
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION

# %%
print("not exported")

# %%
#| export
def last():
    return math.nothing
"""


def write(folder: Path, text: str, name: str = "modules/01_tensor.py") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def as_notebook(path: Path) -> Path:
    """The same cells as Jupyter would save them."""
    cells = [
        {"cell_type": cell.kind, "metadata": cell.metadata, "source": "\n".join(cell.lines).splitlines(True)}
        for cell in read_module(path).cells
    ]
    path.with_suffix(".ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}))
    path.unlink()
    return path.with_suffix(".ipynb")


def test_cells(tmp_path):
    source = read_module(write(tmp_path, TEXT))
    assert source.target == "core.tensor"
    area = source.cell("area")
    assert (area.solution, area.test, area.reflect, area.points) == ("area", None, None, 0)
    assert (area.kind, area.index, area.lineno, area.export) == ("code", 2, 10, True)
    assert area.hints == ["What is it?", "Where is it?", "How is it?"]
    assert area.metadata["tags"] == ["a"]
    test = source.cell("test-area")
    assert (test.solution, test.test, test.points, test.export) == (None, "area", 2.5, False)
    why = source.cell("reflect-why")
    assert (why.solution, why.reflect, why.points, why.kind) == (None, "why", 4, "markdown")
    assert why.text().startswith("Why?\n\n### BEGIN SOLUTION")


@pytest.mark.parametrize("notebook", [False, True])
def test_the_long_form_means_the_same(tmp_path, notebook):
    flags = '"grade": true, "locked": true, "solution": false, "schema_version": 3'
    long = f'{{{flags}, "grade_id": "test-area", "points": 2}}'
    path = write(tmp_path, f"# %%\n#| default_exp a\n# %% nbgrader={long}\nassert True\n")
    source = read_module(as_notebook(path) if notebook else path)
    assert (source.cell("test-area").test, source.cell("test-area").points) == ("area", 2)


def test_every_line_keeps_its_number(tmp_path):
    path = write(tmp_path, TEXT)
    code = tangle_module(read_module(path), "modules/01_tensor.py").split("\n")
    before = TEXT.split("\n")
    for line in (
        "import math",
        "def area(r):",
        "    return math.pi * r * r",
        "def last():",
        "    return math.nothing",
    ):
        assert code.index(line) == before.index(line)
    assert code[0] == '"""Tangled from modules/01_tensor.py, line for line: edit that file, not this one."""'
    assert code[8] == "# %% area"
    assert code[-2] == "__all__ = ['math', 'area', 'last']"
    assert not any("hint" in line or "test_area" in line or "print" in line for line in code)


def test_exports_decide_what_star_imports(tmp_path):
    code = tangle_module(read_module(write(tmp_path, TEXT)), "x", ["last", "gone", "area"])
    assert code.endswith("__all__ = ['last', 'area']\n")


def test_a_traceback_names_the_learners_line(repository, python, tmp_path):
    path = write(tmp_path, TEXT)
    build_tree(repository.foundation, {1: path}, tmp_path / "build")
    said = python(
        """
        import traceback
        from tinytorch.core.tensor import last
        try:
            last()
        except AttributeError as error:
            print(traceback.extract_tb(error.__traceback__)[-1].lineno)
        """,
        tmp_path / "build",
    )
    assert int(said) == TEXT.split("\n").index("    return math.nothing") + 1


def test_notebooks_have_lines_too(tmp_path):
    path = as_notebook(write(tmp_path, TEXT))
    source = read_module(path)
    code = tangle_module(source, "modules/01_tensor.ipynb").split("\n")
    line = code.index("    return math.nothing") + 1
    assert source.where(line) == "modules/01_tensor.ipynb, cell 7, line 3"
    assert source.cells[6].lines[2] == "    return math.nothing"


def test_a_future_import_in_a_notebook(tmp_path):
    text = (
        "# %%\n#| default_exp a\nx = 1\n# %%\n#| export\nfrom __future__ import annotations\ny: nothing = 2\n"
    )
    code = tangle_module(read_module(as_notebook(write(tmp_path, text))), "a")
    compile(code, "a", "exec")
    assert code.split("\n")[0].endswith('"""; from __future__ import annotations')


@pytest.mark.parametrize("data", [TEXT.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + TEXT.encode()])
def test_other_editors(tmp_path, data):
    path = write(tmp_path, "")
    path.write_bytes(data)
    assert tangle_module(read_module(path), "x") == tangle_module(read_module(write(tmp_path, TEXT)), "x")


def test_only_a_newline_ends_a_line(tmp_path):
    text = "# %%\n#| default_exp a\n\n# %%\n#| export\nx = '\x0c\u2028\x1c'\ny = 1\n"
    code = tangle_module(read_module(write(tmp_path, text)), "x")
    assert code.split("\n")[6] == "y = 1"


def test_a_file_without_its_first_marker(tmp_path):
    code = tangle_module(
        read_module(write(tmp_path, "#| default_exp a\n#| export\nx = 1\n# %%\ny = 2\n")), "label"
    )
    assert code.split("\n")[2:4] == ["x = 1", ""]


def test_a_name_cannot_end_the_docstring(tmp_path):
    label = 'a"""; import os; os.abort()\\'
    compile(tangle_module(read_module(write(tmp_path, TEXT)), label), "x", "exec")
    assert eval(tangle_module(read_module(write(tmp_path, TEXT)), label).split("\n")[0]).startswith(
        f"Tangled from {label},"
    )


HEAD = "# %%\n#| default_exp core.tensor\n"
BAD = [
    ("x = 1\n", ": has no '#| default_exp ...' line (it is in the first code cell)"),
    (HEAD + HEAD, ":4: '#| default_exp' is written twice"),
    (HEAD + "#| exprot\n", ":3: there is no directive '#| exprot' (there are default_exp, export, hint)"),
    (HEAD + "#| export a/../../../evil\n", ":3: '#| export' takes nothing after it, not 'a/../../../evil'"),
    (HEAD + "#| hint\n", ":3: '#| hint' needs something after it"),
    (HEAD + '# %% solution="a\n', ":3: what follows solution= cannot be read"),
    (HEAD + '# %% solution="a" and more\n', ":3: 'and more' in the cell's marker cannot be read"),
    (HEAD + '# %% solution="a b"\n', ":3: 'a b' is no grade_id (letters, digits, - and _)"),
    (HEAD + '# %% test="a"\n', ":3: a test cell needs points="),
    (HEAD + '# %% test="a" points="5"\n', ":3: points= must be a number, not '5'"),
    (HEAD + '# %% test="a" solution="a" points=5\n', ":3: a cell is solution or test, not both"),
    (HEAD + "# %% nbgrader=3\n", ":3: nbgrader= must be an object"),
    (HEAD + "# %% [table]\n", ":3: a cell cannot be [table]"),
    (HEAD + '# %% solution="a"\n\n# %% solution="a"\n', ":5: a second cell is named 'a'"),
    (HEAD + '# %% solution="a"\n### BEGIN SOLUTION\n', ":4: '### BEGIN SOLUTION' has no '### END SOLUTION'"),
    (HEAD + '# %% solution="a"\n### END SOLUTION\n', ":4: '### END SOLUTION' without '### BEGIN SOLUTION'"),
    (HEAD + '# %% solution="a"\n' + "### BEGIN SOLUTION\n" * 2, ":5: '### BEGIN SOLUTION' inside another"),
    (HEAD + "### BEGIN SOLUTION\n", ":3: '### BEGIN SOLUTION' in a cell that is not a solution"),
    (HEAD + "x = '\0'\n", ":3: holds a null character"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_what_is_wrong_and_where(tmp_path, text, message):
    with pytest.raises(ModuleFileError) as caught:
        read_module(write(tmp_path, text))
    assert str(caught.value) == f"modules/01_tensor.py{message}"


def test_what_cannot_be_read_at_all(tmp_path):
    path = write(tmp_path, "")
    path.write_bytes(b"# %%\nx = '\xe9'\n")
    with pytest.raises(ModuleFileError, match=r"^modules/01_tensor.py:2: is not UTF-8 \(byte 0xe9\)"):
        read_module(path)
    with pytest.raises(ModuleFileError, match="cannot be read: No such file"):
        read_module(tmp_path / "modules/02_gone.py")
    with pytest.raises(ModuleFileError, match="cannot be read"):
        read_module(tmp_path / "modules")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: is not a notebook: Expecting value"),
        ("[]", ": is not a notebook (no list of cells)"),
        ('{"cells": 3}', ": is not a notebook (no list of cells)"),
        ('{"cells": [{}]}', ": cell 1 is damaged"),
        ('{"cells": [{"cell_type": "code", "source": 3}]}', ": cell 1 is damaged"),
        (
            '{"cells": [{"cell_type": "code", "source": "#| export x"}]}',
            ": cell 1: '#| export' takes nothing",
        ),
        ("[" * 100_000, ": is not a notebook (no list of cells)"),
    ],
)
def test_damaged_notebooks(tmp_path, text, message):
    with pytest.raises(ModuleFileError) as caught:
        read_module(write(tmp_path, text, "modules/01_tensor.ipynb"))
    assert str(caught.value).startswith(f"modules/01_tensor.ipynb{message}")


@pytest.mark.parametrize(
    "code", ["x = (\n", "(" * 1000 + ")" * 1000, "x = " + "-" * 100_000 + "1\n", "return\n\x01"]
)
def test_code_that_does_not_parse(tmp_path, repository, code):
    path = write(tmp_path, HEAD + "#| export\n" + code)
    with pytest.raises(ModuleFileError, match=r"does not parse|cannot be read"):
        tangle_module(read_module(path), "x")
    problems = build_tree(repository.foundation, {1: path}, tmp_path / "build")
    assert "does not parse" in problems[1]


def test_names_that_are_bound_in_other_ways(tmp_path, repository):
    code = """
try:
    from math import tau as Tensor
except ImportError:
    pass
if True:
    for tensor in range(3):
        pass
with open(__file__) as awake:
    hidden = [inner for inner in ()]
"""
    tier = read_tier(repository.foundation)
    tangle_tree(tier, {1: write(tmp_path, HEAD + "#| export" + code)}, tmp_path / "out")
    assert "'missing': []" in (tmp_path / "out/tinytorch/_tiers/foundation.py").read_text()
    text = (tmp_path / "out/tinytorch/core/tensor.py").read_text()
    assert text.endswith("__all__ = ['Tensor', 'tensor', 'awake']\n")


def test_a_second_save_within_a_second(repository, python, tmp_path):
    """Bytecode is taken for current by whole seconds and size; here both stay the same."""
    path = write(tmp_path, repository.module("core.tensor", "Tensor = 1\n"))
    for value in ("1", "2"):
        path.write_text(path.read_text().replace("Tensor = 1", f"Tensor = {value}"))
        build_tree(repository.foundation, {1: path}, tmp_path / "build")
        os.utime(tmp_path / "build/tinytorch/core/tensor.py", (1_000_000_000, 1_000_000_000))
        assert python("import tinytorch\nprint(tinytorch.Tensor)", tmp_path / "build") == value


def test_unchanged_files_are_left_alone(repository, tmp_path):
    build_tree(repository.foundation, repository.sources(), tmp_path / "build")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "build").rglob("*.py")}
    build_tree(repository.foundation, repository.sources(), tmp_path / "build")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "build").rglob("*.py")}


def test_what_does_not_belong_to_the_build_is_left_alone(repository, tmp_path):
    mine = tmp_path / "build/tinytorch/nn/mine.py"
    mine.parent.mkdir(parents=True)
    mine.touch()
    build_tree(repository.foundation, repository.sources(), tmp_path / "build")
    build_tree(repository.foundation, repository.sources(1), tmp_path / "build")
    assert mine.exists()
    assert not (tmp_path / "build/tinytorch/nn/layers.py").exists()


def test_a_target_cannot_hide_ordinary_source(repository, tmp_path):
    (repository.foundation / "src/tinytorch/training.py").touch()
    with pytest.raises(ValueError, match=r"tinytorch\.training is ordinary source as well"):
        build_tree(repository.foundation, repository.sources(), tmp_path / "build")
