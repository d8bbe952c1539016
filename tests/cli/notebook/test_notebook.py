import json

import pytest

pytest.importorskip("jupytext", reason="writing notebooks needs the jupyter extra")


@pytest.fixture
def notebook(bare):
    assert bare.tt("start", "--notebook").code == 0
    return bare


def path(learner):
    return learner.folder / "modules/01_box.ipynb"


def fill(learner, old="", new=""):
    """The right answers, with one replacement, in the notebook's own cells."""
    answers = ["self.items = list(items)", "return len(self.items)", "return sum(box.items)"]
    book = json.loads(path(learner).read_text("utf-8"))
    for cell in book["cells"]:
        source = "".join(cell["source"])
        while "raise NotImplementedError()" in source:
            source = source.replace("raise NotImplementedError()", answers.pop(0), 1)
        cell["source"] = source.replace(old, new) if old else source
    path(learner).write_text(json.dumps(book), "utf-8")


def test_start(bare, expect):
    expect(bare.tt("start", "--notebook"), "start", 0)
    assert 'format = "ipynb"' in (bare.folder / "tinytorch.toml").read_text("utf-8")


def test_nothing_written(notebook, expect):
    expect(notebook.tt("check"), "nothing_written", 1)


def test_passes(notebook, expect):
    fill(notebook)
    expect(notebook.tt("check"), "passes", 0)
    assert notebook.tt("build", "--no-install").code == 0


def test_an_error_is_located_by_cell(notebook, expect):
    fill(notebook, "sum(box.items)", "sum(bx.items)")
    expect(notebook.tt("check"), "name_error", 1)


def test_a_syntax_error_is_located_by_cell(notebook, expect):
    fill(notebook, "sum(box.items)", "sum(box.items")
    expect(notebook.tt("check"), "syntax_error", 1)


def test_a_notebook_command(notebook, expect):
    fill(notebook, "class Box:", "%matplotlib inline\nclass Box:")
    expect(notebook.tt("check"), "magic", 1)


def test_broken_json(notebook, expect):
    path(notebook).write_text(path(notebook).read_text("utf-8")[:400], "utf-8")
    expect(notebook.tt("check"), "broken_json", 1)


def test_broken_metadata(notebook, expect):
    """Metadata that Jupyter lost: the cells are found to be missing, and the originals are used."""
    fill(notebook)
    book = json.loads(path(notebook).read_text("utf-8"))
    for cell in book["cells"]:
        cell["metadata"] = {}
    path(notebook).write_text(json.dumps(book), "utf-8")
    expect(notebook.tt("check"), "no_metadata", 0)


def test_metadata_of_the_wrong_kind(notebook, expect):
    fill(notebook)
    book = json.loads(path(notebook).read_text("utf-8"))
    book["cells"][2]["metadata"] = {"nbgrader": 7}
    path(notebook).write_text(json.dumps(book), "utf-8")
    expect(notebook.tt("check"), "wrong_metadata", 1)


def test_hint_and_reset(notebook, expect):
    fill(notebook, "return sum(box.items)", "return 0")
    expect(notebook.tt("hint"), "hint", 0)
    fresh = notebook.tt("reset", "01")
    expect(fresh, "reset", 0)
    assert "NotImplementedError" in path(notebook).read_text("utf-8")


def test_checking_needs_no_jupyter(notebook):
    """jupytext and nbformat are made impossible to import; a check does not notice."""
    fill(notebook)
    block = notebook.site / "jupytext.py"
    block.write_text("raise ImportError('not installed')", "utf-8")
    (notebook.site / "nbformat.py").write_text("raise ImportError('not installed')", "utf-8")
    assert notebook.tt("check").code == 0
